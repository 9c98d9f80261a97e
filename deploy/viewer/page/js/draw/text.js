// Words in Markdown. HTML in them stays text.

import { markdown } from "../markdown.js";

export function draw(body, { panel, interpolate }) {
  body.replaceChildren(...markdown(interpolate(panel.options.content ?? "")));
}
