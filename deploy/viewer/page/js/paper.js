// The board on one page: sections beside each other, rows as high as the page allows, no row of a table cut in two.

const WIDTH = 1480; // pixels of the page's layout that A4 lying is given
const PAGE_MM = [297 - 16, 210 - 16];
const PX_PER_MM = 96 / 25.4;
const ROWS = [40, 38, 36, 34, 32, 30, 28, 26, 24, 22, 20, 18];

const root = document.documentElement;

/** Lay the page out for paper; `fit` draws the charts at their new size. */
export function toPaper(fit) {
  root.dataset.paper = "true";
  for (const one of document.querySelectorAll("details.section")) one.open = true;
  const zoom = (PAGE_MM[0] * PX_PER_MM) / WIDTH;
  const room = Math.floor((PAGE_MM[1] * PX_PER_MM) / zoom) - 4;
  for (const row of ROWS) {
    root.style.setProperty("--paper-row", `${row}px`);
    if (height() <= room) break;
  }
  fit();
  for (const body of document.querySelectorAll(".panel-body:has(> table)")) whole(body);
  document.body.style.zoom = String(zoom * Math.min(1, room / height()));
}

/** Back to the screen. */
export function toScreen(fit) {
  delete root.dataset.paper;
  document.body.style.zoom = "";
  for (const row of document.querySelectorAll("tr[hidden]")) row.hidden = false;
  fit();
}

const height = () => document.body.getBoundingClientRect().height;

/** Rows that would be cut at the lower edge are left out; all are measured before one is changed. */
function whole(body) {
  const floor = body.getBoundingClientRect().bottom;
  const cut = [...body.querySelectorAll("tbody tr")].filter((row) => row.getBoundingClientRect().bottom > floor);
  for (const row of cut) row.hidden = true;
}
