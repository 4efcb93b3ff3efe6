// How features are drawn: fills, lines and circles over one source, coloured by a field or alike.
import { coloursOf, ground } from "./colours.js";

/**
 * The three layers of a source, whatever geometries are in it.
 * @param {string} name begins their ids
 * @param {object} source what MapLibre calls `source` and, of tiles, `source-layer`
 * @param {{colour: unknown, muted?: boolean, lit?: boolean}} look `lit`: features answer to the states `near` and `chosen`
 */
export function layersOf(name, source, { colour, muted = false, lit = false }) {
  const colours = ground();
  const marked = [
    "any",
    ["boolean", ["feature-state", "near"], false],
    ["boolean", ["feature-state", "chosen"], false],
  ];
  const when = (yes, no) => (lit ? ["case", marked, yes, no] : no);
  const of = (kind) => ["==", ["geometry-type"], kind];
  return [
    {
      id: `${name}-fill`,
      type: "fill",
      ...source,
      filter: of("Polygon"),
      paint: { "fill-color": colour, "fill-opacity": muted ? 0.18 : when(0.95, 0.72) },
    },
    {
      id: `${name}-edge`,
      type: "line",
      ...source,
      filter: of("Polygon"),
      paint: {
        "line-color": when(colours.chosen, muted ? colour : colours.edge),
        "line-width": muted ? 0.5 : byZoom([10, when(3, 0)], [13, when(3, 0.4)], [16, when(4, 1)]),
        "line-opacity": muted ? 0.5 : when(1, 0.45),
      },
    },
    {
      id: `${name}-casing`,
      type: "line",
      ...source,
      filter: of("LineString"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": when(colours.chosen, colours.halo), "line-width": muted ? 0 : when(9, 5.5) },
    },
    {
      id: `${name}-line`,
      type: "line",
      ...source,
      filter: of("LineString"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colour, "line-width": muted ? 1.2 : when(5, 3.5), "line-opacity": muted ? 0.6 : 1 },
    },
    {
      id: `${name}-point`,
      type: "circle",
      ...source,
      filter: of("Point"),
      paint: {
        "circle-color": colour,
        "circle-radius": muted ? 2 : byZoom([9, when(7, 2.5)], [14, when(9, 5.5)]),
        "circle-opacity": muted ? 0.6 : 1,
        "circle-stroke-color": when(colours.chosen, colours.halo),
        "circle-stroke-width": muted ? 0 : when(3, 1),
      },
    },
  ];
}

/** Sizes at zooms, and between them what lies between; zooms stand outermost, as style expressions want it. */
function byZoom(...sizes) {
  return ["interpolate", ["linear"], ["zoom"], ...sizes.flat(1)];
}

/**
 * The expression that colours by a column's values, or one colour.
 * @param {{name: string, values: Record<string, string>} | undefined} column
 */
export function colourBy(column) {
  if (!column) return ground().one;
  const pairs = [...coloursOf(column)].flat();
  return pairs.length ? ["match", ["to-string", ["get", column.name]], ...pairs, ground().none] : ground().one;
}
