// Colours on maps. Nothing is told by colour alone: legends and panels say the same in words.

/** Told apart by people with any kind of colour vision (after Okabe and Ito), and from 3:1 on their ground. */
const SEVERAL = {
  light: "#0072b2 #c98500 #00875f #b8609a #d55e00 #2f8fc7 #857a00 #7a5195 #8c564b #5f6b76".split(" "),
  dark: "#56a8e0 #e69f00 #1fb88a #dd8fbd #f07a32 #8fd0f5 #d6c63a #b392d1 #c58b78 #a3adb8".split(" "),
};
/** From little to much, in shades of grey too: ever further from the ground. */
const ORDERED = {
  light: "#fde9a9 #fdc66b #f99b45 #ea6b3b #cc3f56 #9c2a6f #692178 #3b1a66 #1c1044".split(" "),
  dark: "#4b2a7a #7a2d85 #a83a7e #cf4b66 #ea6b3b #f99b45 #fdc66b #fde9a9 #fffbe8".split(" "),
};

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
 * @param {{values: Record<string, string>, order?: string[]}} column titles by value, and the values in their order
 * @returns {Map<string, string>} colours by value
 */
export function coloursOf({ values, order = Object.keys(values) }) {
  const theme = dark.matches ? "dark" : "light";
  // Steps of an amount have numbers in their names.
  const ordered = order.length > 2 && order.every((value) => /\d/.test(values[value]));
  return new Map(
    order.map((value, at) => [
      value,
      ordered ? step(ORDERED[theme], at, order.length) : SEVERAL[theme][at % SEVERAL[theme].length],
    ]),
  );
}

function step(colours, at, count) {
  return colours[Math.round((at * (colours.length - 1)) / (count - 1))];
}
