// What the colours mean, in words.
import { coloursOf, ground } from "../map/colours.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {HTMLElement} list
 * @param {{values: Record<string, string>} | undefined} column
 * @param {string} alike what everything is called where all have one colour
 */
export function showLegend(list, column, alike) {
  const entries = column
    ? [...coloursOf(column)].map(([value, colour]) => [column.values[value], colour])
    : [[alike, ground().one]];
  list.replaceChildren(...entries.map(([title, colour]) => entry(title, colour)));
}

function entry(title, colour) {
  const item = document.createElement("li");
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  const swatch = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x: 1, y: 1, width: 14, height: 14, rx: 3, fill: colour }))
    swatch.setAttribute(name, value);
  picture.append(swatch);
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = title;
  item.append(picture, words);
  return item;
}
