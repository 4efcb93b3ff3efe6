// The map of what a release changed: added, changed and removed told apart by colour, by mark and by the kind of line.
import { ground, onGroundChange } from "../map/colours.js";
import { NoMap, boundsOf, fit, openMap } from "../map/open.js";

/** Pages of changes that are drawn: a map of more says little, and loads long. */
const PAGES = 5;
const KINDS = ["added", "changed", "removed"];
/** Of Okabe and Ito, for a light and a dark ground; as in changes.css. */
const COLOURS = {
  light: { added: "#00684b", changed: "#0067a5", removed: "#b34700" },
  dark: { added: "#3ddbaa", changed: "#56b4e9", removed: "#ff9a5c" },
};
const DASHES = { added: {}, changed: { "line-dasharray": [4, 2] }, removed: { "line-dasharray": [1, 2] } };
/** Circle, diamond and cross; the same as in the legend. */
const MARKS = {
  added: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
  changed: "M0-6 6 0 0 6-6 0z",
  removed: "M-5-5 5 5M5-5-5 5",
};
/** Shapes of fewer pixels have a mark; pixels of the world at zoom 0. */
const [SMALL, TILE] = [14, 512];
/** Width and height of a mark's picture, in points of the screen. */
const SIZE = 24;

/** @param {HTMLElement} element */
export async function mount(element) {
  const { changes, items, area, bounds, label, some } = element.dataset;
  const box = element.querySelector(".map");
  box.hidden = false;
  try {
    const { features, more } = await read(changes);
    const placed = features.filter(({ geometry }) => geometry);
    const geometries = placed.map(({ geometry }) => geometry);
    const around = placed.length ? boundsOf({ type: "GeometryCollection", geometries }) : numbers(bounds);
    const map = await openMap(box, { bounds: around, area: numbers(area), label });
    map.addSource("changes", { type: "geojson", data: { type: "FeatureCollection", features: placed.flatMap(shown) } });
    const draw = () => drawAll(map);
    draw();
    onGroundChange(draw);
    fit(map, around);
    for (const kind of KINDS)
      for (const part of ["fill", "line", "point"]) map.on("click", `${kind}-${part}`, (event) => open(event, items));
    element.querySelector("[data-no-map]").hidden = true;
    const told = element.querySelector("[data-some]");
    told.hidden = !more;
    told.textContent = some.replace("{count}", placed.length.toLocaleString(document.documentElement.lang));
  } catch (error) {
    box.hidden = true;
    if (!(error instanceof NoMap)) throw error;
  }
}

/** The first pages of changes; `more` says whether there are others. */
async function read(address) {
  const features = [];
  let next = address;
  for (let page = 0; page < PAGES && next; page += 1) {
    const answer = await fetch(next, { headers: { accept: "application/geo+json" } });
    if (!answer.ok) throw new Error(`${next}: ${answer.status}`);
    const found = await answer.json();
    features.push(...found.features);
    next = found.links.find(({ rel }) => rel === "next")?.href;
  }
  return { features, more: Boolean(next) };
}

/** A feature as it is drawn: its shape, and a mark in its place at zooms at which the shape would be too small to see. */
function shown({ id, change, geometry }) {
  const shape = { type: "Feature", geometry, properties: { id, change } };
  if (geometry.type.endsWith("Point")) return [shape];
  const [west, south, east, north] = boundsOf(geometry);
  const until = Math.log2((SMALL * 360) / (TILE * Math.max(east - west, north - south, 1e-9)));
  const middle = { type: "Point", coordinates: [(west + east) / 2, (south + north) / 2] };
  return [shape, { type: "Feature", geometry: middle, properties: { id, change, until } }];
}

function drawAll(map) {
  const colours = COLOURS[matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"];
  for (const kind of KINDS) {
    const name = `mark-${kind}`;
    if (map.hasImage(name)) map.removeImage(name);
    map.addImage(name, mark(kind, colours[kind], ground().halo), { pixelRatio: 2 });
    for (const layer of layersOf(kind, colours[kind], name)) {
      if (map.getLayer(layer.id)) map.removeLayer(layer.id);
      map.addLayer(layer);
    }
  }
}

function layersOf(kind, colour, image) {
  const of = (...shapes) => ["all", ["==", ["get", "change"], kind], ["in", ["geometry-type"], ["literal", shapes]]];
  const source = { source: "changes" };
  return [
    {
      id: `${kind}-fill`,
      type: "fill",
      ...source,
      filter: of("Polygon", "MultiPolygon"),
      paint: { "fill-color": colour, "fill-opacity": 0.3 },
    },
    {
      id: `${kind}-line`,
      type: "line",
      ...source,
      filter: of("Polygon", "MultiPolygon", "LineString", "MultiLineString"),
      paint: { "line-color": colour, "line-width": 3, ...DASHES[kind] },
    },
    {
      id: `${kind}-point`,
      type: "symbol",
      ...source,
      filter: ["all", of("Point", "MultiPoint"), ["<", ["zoom"], ["coalesce", ["get", "until"], 99]]],
      layout: { "icon-image": image, "icon-allow-overlap": true, "icon-ignore-placement": true },
    },
  ];
}

/** The mark of a kind as a picture of twice the points, for fine screens. */
function mark(kind, colour, halo) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * 2;
  const pen = canvas.getContext("2d");
  pen.translate(SIZE, SIZE);
  pen.scale(2, 2);
  pen.lineJoin = pen.lineCap = "round";
  const shape = new Path2D(MARKS[kind]);
  pen.strokeStyle = halo;
  pen.lineWidth = 5;
  pen.stroke(shape);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 2.5;
  if (kind === "removed") pen.stroke(shape);
  else pen.fill(shape);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** The page of the feature that was clicked; one that was removed has its history alone. */
function open({ features: [feature] }, items) {
  const { id, change } = feature.properties;
  const path = change === "removed" ? items.replace(/items\/$/, "history/") : items;
  location.assign(path + encodeURIComponent(id));
}

function numbers(list) {
  return list.split(",").map(Number);
}
