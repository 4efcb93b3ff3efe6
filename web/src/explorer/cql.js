// Conditions in CQL2 text (OGC 21-065r2), as far as the controls of the filters make and read them.
import { dayOf, midnight } from "./days.js";

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const AT_LEAST_MOST = new RegExp(String.raw`^([a-z][a-z0-9_]*) (>=|<=) (${NUMBER})$`, "i");
const DAY = /^([a-z][a-z0-9_]*) (>=|<=) DATE\('(\d{4}-\d\d-\d\d)'\)$/;
const MOMENT = /^([a-z][a-z0-9_]*) (>=|<) TIMESTAMP\('([^']+)'\)$/;
const SHAPE = new RegExp(String.raw`^S_INTERSECTS\(geometry,POLYGON\(\(((?:${NUMBER} ${NUMBER},?)+)\)\)\)$`, "i");

/**
 * A condition on one property from one value to another, both included; either may be empty.
 * @param {{name: string, type: string}} column of numbers, dates or times
 */
export function rangeText({ name, type }, { from, to }, timeZone) {
  const parts = [];
  if (type === "date") {
    if (from) parts.push(`${name} >= DATE('${from}')`);
    if (to) parts.push(`${name} <= DATE('${to}')`);
  } else if (type === "datetime") {
    if (from) parts.push(`${name} >= TIMESTAMP('${midnight(from, 0, timeZone)}')`);
    if (to) parts.push(`${name} < TIMESTAMP('${midnight(to, 1, timeZone)}')`);
  } else {
    if (from) parts.push(`${name} >= ${Number(from)}`);
    if (to) parts.push(`${name} <= ${Number(to)}`);
  }
  return parts;
}

/** A condition on what lies in or touches a polygon, given by its corners. */
export function shapeText(corners) {
  const ring = [...corners, corners[0]].map(([x, y]) => `${x} ${y}`).join(",");
  return `S_INTERSECTS(geometry,POLYGON((${ring})))`;
}

/** A condition on what the map shows: west, south, east, north. */
export function viewText(bounds) {
  return `S_INTERSECTS(geometry,BBOX(${bounds.join(",")}))`;
}

/** All of the conditions as one; what a person wrote stays together. */
export function all(parts) {
  const some = parts.filter(Boolean);
  return some.length < 2 ? (some[0] ?? "") : some.map((part) => (pieces(part) ? part : `(${part})`)).join(" AND ");
}

/**
 * What the controls can show of a condition, and the rest of it as text.
 * @param {string} text
 * @param {{name: string, type: string}[]} columns
 * @returns {{ranges: Record<string, {from: string, to: string}>, shape: number[][] | null, own: string}}
 */
export function parse(text, columns, timeZone) {
  const found = { ranges: {}, shape: null, own: "" };
  const rest = [];
  for (const part of pieces(text) ?? [text]) if (!take(part, found, columns, timeZone)) rest.push(part);
  found.own = rest.join(" AND ");
  return found;
}

function take(part, found, columns, timeZone) {
  const ring = part.match(SHAPE)?.[1];
  if (ring && !found.shape) {
    found.shape = ring
      .split(",")
      .map((corner) => corner.trim().split(" ").map(Number))
      .slice(0, -1);
    return true;
  }
  const [, name, sign, value] = part.match(AT_LEAST_MOST) ?? part.match(DAY) ?? part.match(MOMENT) ?? [];
  const column = columns.find((each) => each.name === name);
  const end = sign === ">=" ? "from" : "to";
  if (!column || column.values || found.ranges[name]?.[end]) return false;
  const shown = column.type === "datetime" ? dayOf(value, end === "to" ? 1 : 0, timeZone) : value;
  // What the control would write otherwise is not its own.
  if (rangeText(column, { [end]: shown }, timeZone)[0] !== part) return false;
  found.ranges[name] = { from: "", to: "", ...found.ranges[name], [end]: shown };
  return true;
}

/** The parts between the ANDs of a text; null where it has an OR outside of parentheses. */
function pieces(text) {
  const found = [""];
  let depth = 0;
  for (const [token] of text.matchAll(/'(?:[^']|'')*'|"[^"]*"|[()]|\s+AND\s+|\s+OR\s+|[^'"()\s]+|\s+|./gi)) {
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    if (depth === 0 && /^\s+OR\s+$/i.test(token)) return null;
    if (depth === 0 && /^\s+AND\s+$/i.test(token)) found.push("");
    else found[found.length - 1] += token;
  }
  return found.map((part) => part.trim()).filter(Boolean);
}
