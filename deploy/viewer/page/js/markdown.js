// The Markdown of panel texts and descriptions: headings, lists, bold, italic, code, links. Made of elements, never HTML.

import { el } from "./dom.js";
import { anchor, safe } from "./links.js";

/** @param {string} text @returns {Node[]} */
export function markdown(text) {
  const blocks = text.trim().split(/\n\s*\n/);
  return blocks.flatMap((block) => {
    const lines = block.split("\n");
    const heading = /^(#{1,4})\s+(.*)$/.exec(lines[0]);
    if (heading) {
      const rest = lines.slice(1).join("\n").trim();
      return [el("h3", {}, ...inline(heading[2])), ...(rest ? markdown(rest) : [])];
    }
    if (lines.every((line) => /^\s*([-*]|\d+\.)\s+/.test(line))) {
      const ordered = /^\s*\d/.test(lines[0]);
      const entries = lines.map((line) => el("li", {}, ...inline(line.replace(/^\s*([-*]|\d+\.)\s+/, ""))));
      return [el(ordered ? "ol" : "ul", {}, ...entries)];
    }
    return [el("p", {}, ...inline(lines.join(" ")))];
  });
}

const MARK = /\*\*(.+?)\*\*|\*(.+?)\*|_(.+?)_|`(.+?)`|\[(.+?)\]\((.+?)\)/;

function inline(text) {
  const found = MARK.exec(text);
  if (!found) return text ? [text] : [];
  const [all, strong, star, under, code, label, address] = found;
  const before = text.slice(0, found.index);
  const after = inline(text.slice(found.index + all.length));
  let made = el("code", {}, code ?? "");
  if (strong) made = el("strong", {}, ...inline(strong));
  else if (star || under) made = el("em", {}, ...inline(star ?? under));
  else if (label) {
    const url = safe(address);
    made = url ? anchor(url, { away: url.origin !== location.origin }, label) : el("span", {}, label);
  }
  return [before, made, ...after].filter((one) => one !== "");
}
