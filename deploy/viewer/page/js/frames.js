// Answers of ClickHouse as frames: typed columns, and long results turned into one field per series, as the data source
// of Grafana does it.

/**
 * @typedef {"time" | "number" | "boolean" | "string"} Kind
 * @typedef {object} Field
 * @property {string} name
 * @property {Kind} kind
 * @property {any[]} values times in milliseconds
 * @property {Record<string, string>} labels
 * @property {string} refId
 * @typedef {object} Frame
 * @property {string} refId
 * @property {Field[]} fields
 * @property {number} length
 */

const NUMBER = /^(U?Int(8|16|32|64)|Float(32|64)|BFloat16|Decimal.*)$/;

/** What kind of values a column of this ClickHouse type holds. */
export function kindOf(type) {
  const bare = type.replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, "$1").replace(/^Nullable\((.*)\)$/, "$1");
  if (/^Date/.test(bare)) return "time";
  if (bare === "Bool") return "boolean";
  return NUMBER.test(bare) ? "number" : "string";
}

/**
 * @param {{ref: string, columns: [string, string][], rows: any[][]}} answer
 * @param {number} format 0: a time series, else a table
 * @returns {Frame}
 */
export function frame(answer, format) {
  const fields = answer.columns.map(([name, type], place) => {
    const kind = kindOf(type);
    return { name, kind, values: answer.rows.map((row) => read(row[place], kind)), labels: {}, refId: answer.ref };
  });
  const plain = { refId: answer.ref, fields, length: answer.rows.length };
  return format === 0 ? wide(plain) : plain;
}

function read(value, kind) {
  if (value === null || value === undefined) return null;
  if (kind === "time") return instant(value);
  if (kind === "number") return typeof value === "number" ? value : Number(value);
  if (kind === "boolean") return typeof value === "boolean" ? value : value === "true" || value === 1;
  return typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}

export function instant(value) {
  const zoned = /[zZ]|[+-]\d\d:?\d\d$/.test(value);
  const text = value.includes(":") ? value.replace(" ", "T") : `${value}T00:00:00`;
  return Date.parse(zoned ? text : `${text}Z`);
}

/** Time and numbers beside texts: each text, or set of texts, becomes the labels of a series of its own. */
function wide(long) {
  const time = long.fields.find((field) => field.kind === "time");
  const labels = long.fields.filter((field) => field.kind === "string" || field.kind === "boolean");
  const numbers = long.fields.filter((field) => field.kind === "number");
  if (!time || !labels.length || !numbers.length) return long;
  const times = [];
  const series = new Map();
  for (let row = 0; row < long.length; row += 1) {
    if (times.at(-1) !== time.values[row]) times.push(time.values[row]);
    const key = JSON.stringify(labels.map((field) => field.values[row]));
    if (!series.has(key)) {
      const own = Object.fromEntries(labels.map((field) => [field.name, String(field.values[row] ?? "")]));
      series.set(key, numbers.map((field) => ({ ...field, values: [], labels: own })));
    }
    series.get(key).forEach((field, place) => {
      field.values[times.length - 1] = numbers[place].values[row];
    });
  }
  const fields = [...series.values()].flat();
  for (const field of fields) field.values = Array.from(times, (_, place) => field.values[place] ?? null);
  return { refId: long.refId, fields: [{ ...time, values: times }, ...fields], length: times.length };
}
