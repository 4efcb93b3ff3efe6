// The map of one feature; where the browser cannot draw it, the sentence that the server wrote stays.
import { ground } from "../map/colours.js";
import { layersOf } from "../map/layers.js";
import { NoMap, boundsOf, openMap } from "../map/open.js";

/** @param {HTMLElement} element */
export async function mount(element) {
  const box = element.querySelector(".map");
  const sentence = element.querySelector("[data-no-map]");
  const geometry = JSON.parse(element.dataset.geometry);
  box.hidden = false;
  try {
    const map = await openMap(box, { bounds: boundsOf(geometry), label: element.dataset.label });
    map.addSource("feature", { type: "geojson", data: { type: "Feature", properties: {}, geometry } });
    for (const layer of layersOf("feature", { source: "feature" }, { colour: ground().one })) map.addLayer(layer);
    sentence.hidden = true;
  } catch (error) {
    box.hidden = true;
    if (!(error instanceof NoMap)) throw error;
  }
}
