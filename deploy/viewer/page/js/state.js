// What is looked at: board, period, filters, pace. It lives in the address, so that a view can be kept and sent.

export const ALL = "$__all";

/**
 * @typedef {object} State
 * @property {string} uid the board
 * @property {string} from
 * @property {string} to
 * @property {number} pace seconds between refreshes; 0: only when asked
 * @property {Record<string, string[]>} variables
 */

/** The board that the address names. */
export const uidOf = (path = location.pathname) => decodeURIComponent(/^\/d\/([^/]+)/.exec(path)?.[1] ?? "");

/**
 * The state that the address holds; what it leaves out is as the board sets it.
 * @param {any} board
 * @param {number} live how often a live board asks, in seconds
 * @returns {State}
 */
export function read(board, live) {
  const given = new URLSearchParams(location.search);
  const variables = {};
  for (const variable of board.templating.list) variables[variable.name] = [variable.current?.value ?? ALL].flat();
  for (const name of new Set([...given.keys()].filter((key) => key.startsWith("var-")))) {
    variables[name.slice(4)] = given.getAll(name);
  }
  return {
    uid: uidOf(),
    from: given.get("from") || board.time?.from || "now-24h",
    to: given.get("to") || board.time?.to || "now",
    pace: given.has("pace") ? Number(given.get("pace")) || 0 : live,
    variables,
  };
}

/** The query string of a state, for addresses and links between boards. */
export function query(state, { time = true, variables = true } = {}) {
  const made = new URLSearchParams();
  if (time) {
    made.set("from", state.from);
    made.set("to", state.to);
  }
  if (variables) {
    for (const [name, values] of Object.entries(state.variables)) for (const value of values) made.append(`var-${name}`, value);
  }
  return made;
}

/** Put the state into the address. */
export function write(state, live) {
  const made = query(state);
  for (const [name, values] of Object.entries(state.variables)) {
    if (values.length === 1 && values[0] === ALL) made.delete(`var-${name}`);
  }
  if (state.pace !== live) made.set("pace", String(state.pace));
  const kept = new URLSearchParams(location.search).get("theme");
  if (kept) made.set("theme", kept);
  history.replaceState(null, "", `${location.pathname}?${made}`);
}
