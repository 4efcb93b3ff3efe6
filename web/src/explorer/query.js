// A filter, and the parameters of the API that stand for it (OGC API - Features; docs/api.md).
import { all, parse, rangeText, shapeText } from "./cql.js";

/**
 * @typedef {object} Filter
 * @property {string} q words
 * @property {Record<string, string>} fields value by the name of a property
 * @property {Record<string, {from: string, to: string}>} ranges by the name of a property
 * @property {{from: string, to: string}} period days
 * @property {number[] | null} bbox west, south, east, north
 * @property {number[][] | null} shape corners of a polygon
 * @property {string} own a condition that a person wrote (CQL2 text)
 * @property {string} sortby as the API takes it
 */

/** @returns {Filter} the filter that stands in parameters; names that it does not know are left out */
export function read(params, columns, timeZone) {
  const given = (name) => params.get(name) ?? "";
  const { ranges, shape, own } = parse(given("filter"), columns, timeZone);
  const bbox = given("bbox").split(",").map(Number);
  return {
    q: given("q"),
    fields: Object.fromEntries(columns.map(({ name }) => [name, given(name)]).filter(([, value]) => value !== "")),
    ranges,
    period: readPeriod(given("datetime")),
    bbox: bbox.length === 4 && bbox.every(Number.isFinite) && given("bbox") ? bbox : null,
    shape,
    own,
    sortby: given("sortby"),
  };
}

/** @returns {URLSearchParams} the parameters of a filter, always in the same order */
export function write(filter, columns, timeZone, more = "") {
  const params = new URLSearchParams();
  const set = (name, value) => value && params.set(name, value);
  set("q", filter.q.trim());
  for (const { name } of columns) set(name, filter.fields[name]);
  set("datetime", writePeriod(filter.period));
  set("bbox", filter.bbox?.join(","));
  const ranges = columns.flatMap((column) =>
    filter.ranges[column.name] ? rangeText(column, filter.ranges[column.name], timeZone) : [],
  );
  set("filter", all([filter.own.trim(), ...ranges, filter.shape ? shapeText(filter.shape) : "", more]));
  set("sortby", filter.sortby);
  return params;
}

function readPeriod(text) {
  const [from, to = from] = text.split("/").map((each) => (each === ".." ? "" : each.slice(0, 10)));
  return { from, to };
}

function writePeriod({ from, to }) {
  if (!from && !to) return "";
  return from === to ? from : `${from || ".."}/${to || ".."}`;
}
