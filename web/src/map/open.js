// A map on a page: ground, the publisher's area, zoom buttons, scale. What is shown on it comes from whoever opens it.
import { ground, onGroundChange } from "./colours.js";

/** Thrown where this browser cannot draw maps. */
export class NoMap extends Error {
  name = "NoMap";
}

/**
 * Opens a map in an element whose `data-settings` were written by `parts/map.html`.
 * `data-map` of the element says `drawing` or `idle`.
 * @param {HTMLElement} element
 * @param {{bounds?: number[] | null, area?: number[] | null, label?: string, signal?: AbortSignal}} shown
 *   bounds and area: west, south, east, north in degrees
 * @returns {Promise<import("maplibre-gl").Map>} when layers can be added
 */
export async function openMap(element, { bounds, area, label, signal } = {}) {
  element.dataset.map = "drawing";
  if (!canDraw()) return fail(element, "WebGL");
  const settings = JSON.parse(element.dataset.settings);
  const [{ Map, NavigationControl, ScaleControl }, style] = await Promise.all([
    import("./library.js"),
    styleOf(settings.basemap, area),
  ]);
  let map;
  try {
    map = new Map({
      container: element,
      style,
      bounds: roomy(bounds ?? area ?? [10, 55, 25, 70]),
      fitBoundsOptions: { padding: 24, maxZoom: 16 },
      attributionControl: false,
      maplibreLogo: false,
      fadeDuration: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      locale: { ...settings.words, "Map.Title": label ?? settings.words["Map.Title"] },
      // One finger, and the wheel alone, scroll the page.
      cooperativeGestures: true,
    });
  } catch (error) {
    return fail(element, error);
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-left");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  map.on("dataloading", () => (element.dataset.map = "drawing"));
  map.on("movestart", () => (element.dataset.map = "drawing"));
  map.on("idle", () => (element.dataset.map = "idle"));
  // For those who measure (bench.pages).
  map.once("idle", () => performance.mark("map-drawn"));
  onGroundChange(() => paintGround(map), signal);
  return new Promise((done, failed) => {
    map.once("style.load", () => done(map));
    map.once("error", ({ error }) => map.isStyleLoaded() || failed(error));
  });
}

/** Bounds as they are, or something around them where they have no width or height. */
function roomy([west, south, east, north]) {
  const margin = 0.002;
  const [x, y] = [east - west < margin ? margin : 0, north - south < margin ? margin : 0];
  return [west - x, Math.max(south - y, -85), east + x, Math.min(north + y, 85)];
}

function canDraw() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

function fail(element, reason) {
  element.dataset.map = "none";
  throw new NoMap(String(reason));
}

/** The basemap's own style where it has one; where that cannot be read, a plain ground is better than no map. */
async function styleOf(basemap, area) {
  if (!basemap?.style) return plain(area, basemap);
  try {
    const answer = await fetch(basemap.style);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return await answer.json();
  } catch (error) {
    console.warn(`The basemap's style cannot be read: ${basemap.style}`, error);
    return plain(area, null);
  }
}

/** A style without a basemap's own: a plain ground, or picture tiles, and the area's outline. */
function plain(area, basemap) {
  const colours = ground();
  const style = {
    version: 8,
    sources: {},
    layers: [{ id: "ground", type: "background", paint: { "background-color": colours.ground } }],
  };
  if (basemap) {
    style.sources.basemap = {
      type: "raster",
      tiles: [basemap.tiles],
      tileSize: basemap.tile_size,
      maxzoom: basemap.max_zoom,
    };
    style.layers.push({ id: "basemap", type: "raster", source: "basemap" });
  }
  if (area) {
    style.sources.area = { type: "geojson", data: rectangle(area) };
    if (!basemap)
      style.layers.push({ id: "area", type: "fill", source: "area", paint: { "fill-color": colours.area } });
    style.layers.push({
      id: "area-edge",
      type: "line",
      source: "area",
      paint: { "line-color": colours.outline, "line-dasharray": [3, 2] },
    });
  }
  return style;
}

function paintGround(map) {
  const colours = ground();
  const paint = (layer, property, colour) => map.getLayer(layer) && map.setPaintProperty(layer, property, colour);
  paint("ground", "background-color", colours.ground);
  paint("area", "fill-color", colours.area);
  paint("area-edge", "line-color", colours.outline);
}

/** A rectangle as a GeoJSON feature. */
export function rectangle([west, south, east, north]) {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

/** The bounds of a GeoJSON geometry: west, south, east, north. */
export function boundsOf(geometry) {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (each) => {
    if (typeof each[0] === "number") {
      bounds[0] = Math.min(bounds[0], each[0]);
      bounds[1] = Math.min(bounds[1], each[1]);
      bounds[2] = Math.max(bounds[2], each[0]);
      bounds[3] = Math.max(bounds[3], each[1]);
    } else each.forEach(visit);
  };
  for (const each of geometry.type === "GeometryCollection" ? geometry.geometries : [geometry]) visit(each.coordinates);
  return bounds;
}

/** Fit the map to bounds (MapLibre makes no journey of it for readers who want no motion), beside what covers it. */
export function fit(map, bounds, covered = 0) {
  map.fitBounds(roomy(bounds), {
    padding: { top: 40, bottom: 40, left: 40, right: 40 + covered },
    maxZoom: 16,
    duration: 500,
  });
}
