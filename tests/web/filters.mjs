// Filters as parameters, and back again: what is read from stdin is answered on stdout.
import { readFileSync } from "node:fs";
import { read, write } from "../../web/src/explorer/query.js";

const { columns, timeZone, filters, texts } = JSON.parse(readFileSync(0, "utf8"));
const written = filters.map((filter) => write(filter, columns, timeZone).toString());
const again = written.map((search) => read(new URLSearchParams(search), columns, timeZone));
const conditions = texts.map((text) => write(read(new URLSearchParams({ filter: text }), columns, timeZone), columns, timeZone).get("filter") ?? "");
console.log(JSON.stringify({ written, again, conditions }));
