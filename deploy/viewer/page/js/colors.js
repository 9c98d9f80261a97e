// Colours by the names that Grafana gives them, in a light and a dark edition that can both be read as text.

const LIGHT = {
  green: "#1b7a48",
  yellow: "#8a6a00",
  orange: "#ad5700",
  red: "#bf2b2b",
  blue: "#2160b5",
  purple: "#7345b6",
  gray: "#6a7280",
  text: "#1c2430",
};
const DARK = {
  green: "#4fc78d",
  yellow: "#e3bd4d",
  orange: "#f2a04a",
  red: "#ff7b72",
  blue: "#73aaf5",
  purple: "#b795f0",
  gray: "#98a2b3",
  text: "#e7ebf2",
};
const SERIES_LIGHT = ["#2f6fc4", "#d9822b", "#2a9d74", "#b0418f", "#7a62c9", "#a98a12", "#2b9bb0", "#c2524b", "#6b7686", "#5b8c2a"];
const SERIES_DARK = ["#6ea6f2", "#f0a95c", "#52c99b", "#dd7fc0", "#a997f0", "#dcc155", "#5cc6d8", "#f08a84", "#a3adbb", "#94c465"];
const SCALES = {
  "continuous-GrYlRd": ["green", "yellow", "red"],
  "continuous-RdYlGr": ["red", "yellow", "green"],
  "continuous-BlYlRd": ["blue", "yellow", "red"],
  "continuous-YlRd": ["yellow", "red"],
  "continuous-BlPu": ["blue", "purple"],
  "continuous-YlBl": ["yellow", "blue"],
};

/** Whether the page is dark at the moment; paper is always light. */
export function dark() {
  if (document.documentElement.dataset.paper) return false;
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The n-th colour of a list of series; kept as a word so that it follows the theme. */
export const palette = (place) => `series-${place}`;

/** A colour between those of a scale; the share goes from 0 to 1. */
export const scale = (mode, share) => `${mode}@${Math.min(1, Math.max(0, share))}`;

/** A colour's name, as Grafana or this page gives it, as CSS. */
export function hue(name) {
  const own = dark() ? DARK : LIGHT;
  const series = /^series-(\d+)$/.exec(name);
  if (series) return (dark() ? SERIES_DARK : SERIES_LIGHT)[Number(series[1]) % SERIES_LIGHT.length];
  const [mode, share] = name.split("@");
  if (share !== undefined) return between(mode, Number(share), own);
  const base = name.replace(/^(super-light|light|semi-dark|dark)-/, "");
  if (own[base]) return own[base];
  if (/^#([\da-f]{3}|[\da-f]{6}|[\da-f]{8})$/i.test(name) || /^rgba?\([\d., %]+\)$/.test(name)) return legible(name);
  return own.gray;
}

/** A grey written as a number is the same in both themes: move it until it can be read. */
function legible(color) {
  if (!color.startsWith("#") || color.length !== 7) return color;
  const paper = dark() ? "#171c25" : "#ffffff";
  const goal = dark() ? "#ffffff" : "#000000";
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mix(color, goal, share);
    if (contrast(tried, paper) >= 4.6) return tried;
  }
  return color;
}

function between(mode, share, own) {
  const single = /^continuous-(\w+?)s$/.exec(mode)?.[1];
  const paper = dark() ? "#232b38" : "#eaf0f8";
  const stops = single && own[single] ? [paper, own[single]] : (SCALES[mode] ?? ["blue", "purple"]).map((one) => own[one]);
  const at = share * (stops.length - 1);
  const place = Math.min(stops.length - 2, Math.floor(at));
  return mix(stops[place], stops[place + 1], at - place);
}

/** Two colours mixed; #rrggbb in and out. */
export function mix(first, second, share) {
  const parts = [1, 3, 5].map((at) => {
    const [a, b] = [first, second].map((one) => parseInt(one.slice(at, at + 2), 16));
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, "0");
  });
  return `#${parts.join("")}`;
}

/** A tint of a colour to lie behind text, and the ink to write on it. */
export function painted(name) {
  const paper = dark() ? "#171c25" : "#ffffff";
  const ground = mix(paper, hue(name), dark() ? 0.3 : 0.18);
  return { ground, ink: dark() ? "#f3f6fb" : "#161c26" };
}

function contrast(first, second) {
  const [a, b] = [first, second].map(luminance).sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

function luminance(color) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
