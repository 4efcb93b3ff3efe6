// Which layers the form of the search shows while somebody types: the same function as on the pages.
import { readFileSync } from "node:fs";
import { matches } from "../../web/src/components/search.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const words = (text) => text.split(" ").filter(Boolean);
console.log(JSON.stringify(cases.map(({ asked, known }) => matches(asked, words(known)))));
