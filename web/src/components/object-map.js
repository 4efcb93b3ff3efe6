// The map of one feature among others; where the browser cannot draw it, the sentence that the server wrote stays.
import { ground, onGroundChange } from "../map/colours.js";
import { layersOf } from "../map/layers.js";
import { NoMap, boundsOf, openMap } from "../map/open.js";

/** Why something is missing from a map that is there nevertheless. */
const missing = (error) => console.warn(error);

/** @param {HTMLElement} element */
export async function mount(element) {
  const { geometry, label, area, around } = element.dataset;
  const box = element.querySelector(".map");
  const shape = JSON.parse(geometry);
  box.hidden = false;
  try {
    const map = await openMap(box, { bounds: boundsOf(shape), area: area.split(",").map(Number), label });
    map.on("error", ({ error }) => missing(error));
    map.addSource("feature", { type: "geojson", data: { type: "Feature", properties: {}, geometry: shape } });
    const others = around.split(" ").filter(Boolean);
    const sources = await Promise.all(others.map((address, at) => surrounding(map, address, `around-${at}`).catch(missing)));
    const draw = () => drawAll(map, sources.filter(Boolean));
    draw();
    onGroundChange(draw);
    element.querySelector("[data-no-map]").hidden = true;
  } catch (error) {
    box.hidden = true;
    element.querySelector("[data-no-map]").prepend(pictureOf(element.dataset));
    if (!(error instanceof NoMap)) throw error;
  }
}

/** The picture that stands in for the map. */
function pictureOf({ picture, label }) {
  return Object.assign(document.createElement("img"), { src: picture, alt: label });
}

/** Add the tiles of a layer; what its layers on the map say of their source. */
async function surrounding(map, address, name) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const { tiles, minzoom, maxzoom, bounds, vector_layers } = await answer.json();
  map.addSource(name, { type: "vector", tiles, minzoom, maxzoom, bounds });
  return { source: name, "source-layer": vector_layers[0].id };
}

function drawAll(map, sources) {
  const { other, drawn } = ground();
  const muted = sources.flatMap((source) => layersOf(source.source, source, { colour: other, muted: true }));
  for (const layer of [...muted, ...layersOf("feature", { source: "feature" }, { colour: drawn })]) {
    if (map.getLayer(layer.id)) map.removeLayer(layer.id);
    map.addLayer(layer);
  }
}
