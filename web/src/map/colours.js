// Colours on maps. Nothing is told by colour alone: legends and panels say the same in words.

/** Told apart by people with any kind of colour vision (Okabe and Ito); and from 3:1 on either ground with its edge. */
const SEVERAL = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
  "#b3a300",
  "#7a5195",
  "#8c564b",
  "#5f6b76",
];
/** From little to much (after viridis and inferno): light to dark, also in shades of grey. */
const ORDERED = ["#fde9a9", "#fdc66b", "#f99b45", "#ea6b3b", "#cc3f56", "#9c2a6f", "#692178", "#3b1a66", "#1c1044"];

const GROUNDS = {
  light: {
    ground: "#f4f5f2",
    area: "#ffffff",
    outline: "#9aa5b1",
    edge: "#26313d",
    chosen: "#111820",
    halo: "#ffffff",
    other: "#8b96a3",
    one: "#0067a5",
    none: "#8b96a3",
    drawn: "#8a0f5c",
  },
  dark: {
    ground: "#171c22",
    area: "#1f262e",
    outline: "#5b6774",
    edge: "#dfe6ee",
    chosen: "#ffffff",
    halo: "#101418",
    other: "#6b7785",
    one: "#56b4e9",
    none: "#8b96a3",
    drawn: "#ff9ed2",
  },
};

const dark = matchMedia("(prefers-color-scheme: dark)");

/** The colours that do not come from data, as the reader's system wants them. */
export function ground() {
  return GROUNDS[dark.matches ? "dark" : "light"];
}

/** Call `change` when the reader's system turns light or dark; `signal` ends it. */
export function onGroundChange(change, signal) {
  dark.addEventListener("change", change, { signal });
}

/**
 * A colour for each value of a list.
 * @param {Record<string, string>} values titles by value, in the order of the model
 * @returns {Map<string, string>} colours by value
 */
export function coloursOf(values) {
  const titles = Object.values(values);
  // Steps of an amount have numbers in their names.
  const ordered = titles.length > 2 && titles.every((title) => /\d/.test(title));
  return new Map(
    Object.keys(values).map((value, at) => [value, ordered ? step(at, titles.length) : SEVERAL[at % SEVERAL.length]]),
  );
}

function step(at, count) {
  return ORDERED[Math.round((at * (ORDERED.length - 1)) / (count - 1))];
}
