// An area that is drawn on the map: a rectangle by dragging, a polygon corner by corner.
import { ground, onGroundChange } from "../map/colours.js";
import { rectangle } from "../map/open.js";

/** Corners and edges have no more decimals: that is 10 cm. */
const DECIMALS = 6;

/** Draws on a map. */
export class Drawing {
  /** @param {import("./mapping.js").LayerMap} layer */
  constructor(layer) {
    this.layer = layer;
    this.map = layer.map;
    this.map.addSource("drawn", { type: "geojson", data: rectangle([0, 0, 0, 0]) });
    this.map.addLayer({
      id: "drawn",
      type: "line",
      source: "drawn",
      paint: { "line-color": ground().drawn, "line-width": 2.5, "line-dasharray": [2, 1.5] },
    });
    onGroundChange(() => this.map.setPaintProperty("drawn", "line-color", ground().drawn));
    this.show(null, null);
  }

  /** Show the area of a filter. */
  show(bbox, shape) {
    const drawn = shape ? polygon(shape) : bbox ? rectangle(bbox) : { type: "FeatureCollection", features: [] };
    this.map.getSource("drawn").setData(drawn);
  }

  /** @returns {Promise<number[] | null>} west, south, east, north; null where it was given up */
  rectangle() {
    return this.while((done, signal) => {
      let start = null;
      const box = (event) => {
        const [a, b] = [start, corner(event)];
        return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
      };
      this.on(signal, "mousedown touchstart", (event) => {
        event.preventDefault();
        start = corner(event);
      });
      this.on(signal, "mousemove touchmove", (event) => start && this.show(box(event), null));
      this.on(signal, "mouseup touchend", (event) => {
        if (!start) return;
        const found = box(event);
        done(found[0] < found[2] && found[1] < found[3] ? found : null);
      });
    });
  }

  /** @returns {Promise<number[][] | null>} the corners; null where it was given up */
  polygon() {
    return this.while((done, signal) => {
      const corners = [];
      const finish = () => done(corners.length > 2 ? corners : null);
      this.on(signal, "click", (event) => {
        const next = corner(event);
        // The second click of a double click is at the same place.
        if (corners.at(-1)?.join() !== next.join()) corners.push(next);
        this.show(null, corners);
      });
      this.on(signal, "mousemove", (event) => corners.length && this.show(null, [...corners, corner(event)]));
      this.on(signal, "dblclick", (event) => {
        event.preventDefault();
        finish();
      });
      document.addEventListener("keydown", ({ key }) => key === "Enter" && finish(), { signal });
    });
  }

  /** Draw, with the map standing still, until it is done or Escape is pressed. */
  async while(draw) {
    this.given?.abort();
    const given = (this.given = new AbortController());
    const { map, layer } = this;
    const still = [map.dragPan, map.doubleClickZoom, map.boxZoom];
    still.forEach((each) => each.disable());
    map.getCanvas().style.cursor = "crosshair";
    layer.busy = true;
    try {
      return await new Promise((done) => {
        given.signal.addEventListener("abort", () => done(null));
        document.addEventListener("keydown", ({ key }) => key === "Escape" && done(null), { signal: given.signal });
        draw(done, given.signal);
      });
    } finally {
      given.abort();
      // Not before the click that ended it has been and gone.
      setTimeout(() => (layer.busy = false));
      still.forEach((each) => each.enable());
      map.getCanvas().style.cursor = "";
    }
  }

  on(signal, events, heard) {
    for (const event of events.split(" ")) {
      this.map.on(event, heard);
      signal.addEventListener("abort", () => this.map.off(event, heard));
    }
  }
}

function corner({ lngLat }) {
  return [Number(lngLat.lng.toFixed(DECIMALS)), Number(lngLat.lat.toFixed(DECIMALS))];
}

function polygon(corners) {
  return { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [...corners, corners[0]] } };
}
