// The layer on the map: exactly the features that the filter lets through, coloured, lit up and asked about.
import { ground, onGroundChange } from "../map/colours.js";
import { colourBy, layersOf } from "../map/layers.js";
import { boundsOf, fit, openMap } from "../map/open.js";

/** Zooms in by this much where a feature cannot be told from its neighbours yet. */
const CLOSER = 2;

/** The map of one layer. */
export class LayerMap {
  /**
   * @param {HTMLElement} element
   * @param {object} settings what the server says of the layer (`parts/explorer.html`)
   * @param {string} search parameters of the filter
   * @returns {Promise<LayerMap>}
   */
  static async open(element, settings, search, colour) {
    const { extent, area, tilejson } = settings;
    const map = await openMap(element, { bounds: extent, area, label: settings.title });
    return new LayerMap(map, tilejson, settings, search, colour);
  }

  constructor(map, described, settings, search, colour) {
    Object.assign(this, {
      map,
      described,
      settings,
      search,
      colour,
      near: null,
      chosen: null,
      listeners: { pick: () => {}, hover: () => {}, failed: () => {} },
    });
    this.addLayer();
    map.addSource("chosen", { type: "geojson", data: nothing() });
    this.draw();
    onGroundChange(() => this.draw());
    map.on("error", ({ error, sourceId }) =>
      sourceId === "layer" ? this.listeners.failed(error) : console.warn(error),
    );
    map.on("click", (event) => this.clicked(event));
    map.on("mousemove", (event) => this.moved(event));
    map.on("mouseout", () => this.listeners.hover(null));
  }

  addLayer() {
    const { map, described, search, settings } = this;
    if (!settings.extent) {
      // A layer without features has no tiles.
      this.source = { source: "layer" };
      map.addSource("layer", { type: "geojson", data: nothing() });
      return;
    }
    this.source = { source: "layer", "source-layer": described.vector_layers[0].id };
    map.addSource("layer", {
      type: "vector",
      tiles: this.addresses(search),
      minzoom: described.minzoom,
      maxzoom: described.maxzoom,
      bounds: described.bounds,
      promoteId: "id",
    });
  }

  addresses(search) {
    return this.described.tiles.map((tile) => (search ? `${tile}${tile.includes("?") ? "&" : "?"}${search}` : tile));
  }

  /** Show the features of another filter. */
  filter(search) {
    if (search === this.search) return;
    this.search = search;
    this.map.getSource("layer").setTiles?.(this.addresses(search));
  }

  /** Colour by another column, or alike where there is none. */
  colourBy(column) {
    this.colour = column;
    this.draw();
  }

  draw() {
    const { map } = this;
    const colours = ground();
    for (const each of [
      ...layersOf("layer", this.source, { colour: colourBy(this.colour), lit: true }),
      ...layersOf("chosen", { source: "chosen" }, { colour: colours.drawn }),
    ]) {
      if (map.getLayer(each.id)) map.removeLayer(each.id);
      if (each.id === "chosen-fill") each.paint["fill-opacity"] = 0.35;
      if (each.id === "chosen-edge") Object.assign(each.paint, { "line-color": colours.drawn, "line-width": 3 });
      map.addLayer(each);
    }
  }

  get layers() {
    return ["layer-fill", "layer-line", "layer-casing", "layer-point"];
  }

  featureAt(point) {
    const around = [
      [point.x - 4, point.y - 4],
      [point.x + 4, point.y + 4],
    ];
    const { map, layers } = this;
    return map.queryRenderedFeatures(point, { layers })[0] ?? map.queryRenderedFeatures(around, { layers })[0];
  }

  clicked(event) {
    if (this.busy) return;
    const feature = this.featureAt(event.point);
    if (!feature) return this.listeners.pick(null);
    if (feature.id !== undefined) return this.listeners.pick(feature.id);
    // From afar features have no names in tiles.
    this.map.easeTo({ center: event.lngLat, zoom: this.map.getZoom() + CLOSER });
  }

  moved(event) {
    if (this.busy) return;
    const feature = this.featureAt(event.point);
    this.map.getCanvas().style.cursor = feature ? "pointer" : "";
    this.listeners.hover(feature?.id ?? null);
  }

  /** Light a feature up, or none. */
  light(id) {
    if (this.near === id) return;
    this.state(this.near, { near: false });
    this.near = id;
    this.state(id, { near: true });
  }

  state(id, state) {
    if (id !== null) this.map.setFeatureState({ source: "layer", sourceLayer: this.source["source-layer"], id }, state);
  }

  /** Show a feature's own shape; none where it is null. */
  choose(feature) {
    this.map.getSource("chosen").setData(feature?.geometry ? feature : nothing());
  }

  /** Go to a feature; so many pixels of the map's right side are covered. */
  goTo({ geometry }, covered) {
    if (geometry) fit(this.map, boundsOf(geometry), covered < this.map.getContainer().offsetWidth * 0.7 ? covered : 0);
  }

  /** What the map shows: west, south, east, north. */
  get view() {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((each) =>
      Number(each.toFixed(6)),
    );
  }

  /** Show another layer below, muted, or hide it again. */
  orientate({ id, tiles }, shown) {
    const name = `other-${id}`;
    if (shown && !this.map.getSource(name)) {
      this.map.addSource(name, { type: "vector", url: tiles });
      const layers = layersOf(name, { source: name, "source-layer": id }, { colour: ground().other, muted: true });
      for (const each of layers) this.map.addLayer(each, "layer-fill");
    }
    if (!shown && this.map.getSource(name)) {
      const layers = this.map.getStyle().layers.filter((each) => each.source === name);
      for (const each of layers) this.map.removeLayer(each.id);
      this.map.removeSource(name);
    }
  }
}

function nothing() {
  return { type: "FeatureCollection", features: [] };
}
