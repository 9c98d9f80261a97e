// Elements from values. Text is always set as text: nothing that a customer wrote is ever read as HTML.

/**
 * @param {string} name tag, with classes after dots: "div.panel.wide"
 * @param {Record<string, any>} [set] attributes; `on…` functions become listeners, true a bare attribute
 * @param {...(Node | string | null | undefined | false)} inside
 * @returns {HTMLElement}
 */
export function el(name, set = {}, ...inside) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(set)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...inside.filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [set]
 * @param {...Node} inside
 */
export function svg(tag, set = {}, ...inside) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(set)) made.setAttribute(key, String(value));
  made.append(...inside);
  return made;
}

/** A small drawing from one path, hidden from screen readers: the button around it has a name. */
export function icon(path) {
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, svg("path", { d: path }));
}

/** What opens a sheet of choices; Escape and a click elsewhere close it. */
export function sheet(label, ...inside) {
  const made = el("details.pick", {}, el("summary", {}, label), el("div.sheet", {}, ...inside));
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !made.open) return;
    made.open = false;
    made.querySelector("summary").focus();
  });
  made.addEventListener("toggle", () => {
    if (!made.open) return;
    made.classList.toggle("from-left", made.getBoundingClientRect().left < innerWidth / 2);
    for (const other of document.querySelectorAll("details.pick[open]")) if (other !== made) other.open = false;
  });
  return made;
}

document.addEventListener("pointerdown", (event) => {
  for (const open of document.querySelectorAll("details.pick[open]")) {
    if (!open.contains(/** @type {Node} */ (event.target))) open.open = false;
  }
});
