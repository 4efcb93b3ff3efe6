// Map, table and filters of a layer: each change of the filter changes all three, the address and the code examples.
import { Words } from "../explorer/cells.js";
import { viewText } from "../explorer/cql.js";
import { makeScripted, readForm, showBox, showFilter } from "../explorer/form.js";
import { bare, json, page } from "../explorer/pages.js";
import { read, write } from "../explorer/query.js";
import { addFinder, makeSortable, rowMaker, showOrder } from "../explorer/rows.js";
import { PagedTable } from "../explorer/table.js";

const PAGE = 100;
/** Between the last key and the question (milliseconds). */
const PATIENCE = 300;

/** Mounts the explorer. */
export async function mount(element) {
  await new Explorer(element).start();
}

class Explorer {
  constructor(element) {
    this.element = element;
    const settings = JSON.parse(this.part("settings").textContent);
    Object.assign(this, {
      settings,
      layer: settings.explorer,
      columns: settings.explorer.first.columns,
      words: new Words(settings),
    });
    this.form = element.querySelector("form");
    this.table = element.querySelector("table");
    this.shape = null;
    const { columns, words, layer } = this;
    this.how = { columns, words, names: layer.names, items: layer.items };
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  async start() {
    makeScripted(this.element);
    this.onItems = location.pathname === new URL(this.layer.items).pathname;
    const asked = this.filterOfAddress();
    this.applied = this.paramsOf(asked).toString();
    this.shape = asked.shape;
    showFilter(this.form, asked);
    this.startTable(asked);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.apply();
    });
    this.form.addEventListener("change", () => this.apply());
    this.form.querySelector("[name=q]").addEventListener("input", () => this.soon());
    this.part("reset").addEventListener("click", (event) => this.reset(event));
    // Other places on the page have addresses after # too.
    addEventListener("hashchange", () => location.hash.startsWith("#?") && this.follow(this.filterOfAddress()));
    for (const each of document.querySelectorAll("nav.pages.unscripted")) each.hidden = true;
    if (this.applied && !this.onItems) this.announce();
    if (this.part("map")) await this.startMap();
  }

  /** On the list's page the filter is the query; elsewhere, where the page takes no parameters, it stands after #. */
  filterOfAddress() {
    const text = this.onItems ? location.search : location.hash.startsWith("#?") ? location.hash.slice(1) : "";
    return read(new URLSearchParams(text), this.columns, this.settings.timeZone);
  }

  paramsOf(filter, more = "") {
    const params = write(filter, this.columns, this.settings.timeZone, more);
    if (!this.layer.current) params.set("release", this.layer.release);
    return params;
  }

  /** Parameters of the tiles: those of the filter, in no order. */
  get places() {
    const params = new URLSearchParams(this.applied);
    params.delete("sortby");
    return params.toString();
  }

  get filter() {
    return readForm(this.form, this.sortby, this.shape);
  }

  startTable({ sortby }) {
    this.sortby = sortby;
    const { how, layer, table } = this;
    this.rows = new PagedTable(table, this.part("scroller"), this.part("more"), {
      row: (feature) => rowMaker({ ...how, places: Boolean(this.map) })(feature),
      failed: (error) => this.fail(error),
      filled: (rows) => this.mark(rows),
    });
    makeSortable(table, (next) => {
      this.sortby = next;
      this.apply();
    });
    showOrder(table, sortby);
    if (this.onItems || !this.applied) {
      const { matched, next, rows } = layer.first;
      const address = this.onItems ? location.href : `${layer.items}?limit=${rows || 1}`;
      this.rows.adopt(bare(address), matched, next && bare(next, PAGE));
    } else this.load();
  }

  async startMap() {
    const canvas = this.part("canvas");
    canvas.hidden = false;
    try {
      const { startMap } = await import("../explorer/beginning.js");
      await startMap(this, canvas);
    } catch (error) {
      canvas.hidden = true;
      this.part("tools").hidden = true;
      this.part("area").querySelector(".buttons").hidden = true;
      this.element.querySelector(".view-only").hidden = true;
      this.showPicture();
      if (error.name !== "NoMap") throw error;
    }
  }

  showPicture() {
    const image = document.createElement("img");
    image.src = this.settings.picture;
    image.alt = this.layer.title;
    this.part("picture").prepend(image);
    this.part("no-map").hidden = false;
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.apply(), PATIENCE);
  }

  reset(event) {
    event.preventDefault();
    this.follow(read(new URLSearchParams(), this.columns, this.settings.timeZone));
  }

  /** Show and apply a filter that does not come from the controls. */
  follow(filter) {
    this.shape = filter.shape;
    this.sortby = filter.sortby;
    showFilter(this.form, filter);
    this.apply();
  }

  /** Take an area: a rectangle, or a polygon's corners, or none. */
  takeArea(bbox, shape) {
    this.shape = shape;
    showBox(this.form, bbox);
    this.apply();
  }

  /** Do what the controls say, everywhere. */
  apply() {
    clearTimeout(this.timer);
    const { filter } = this;
    const params = this.paramsOf(filter);
    showOrder(this.table, this.sortby);
    this.drawing?.show(filter.bbox, filter.shape);
    if (params.toString() === this.applied) return;
    this.applied = params.toString();
    this.load();
    this.tell();
    for (const each of document.querySelectorAll("[data-until-filtered]")) each.hidden = true;
  }

  /** The address, and whatever on the page follows the filter. */
  tell() {
    const here = new URL(location.href);
    const kept = this.onItems ? [...here.searchParams].filter(([name]) => name === "lang" || name === "f") : [];
    const search = new URLSearchParams([...new URLSearchParams(this.applied), ...kept]).toString();
    if (this.onItems) here.search = search;
    else here.hash = search ? `?${search}` : "";
    history.replaceState(history.state, "", here.hash === "" && !this.onItems ? here.pathname + here.search : here);
    this.announce();
  }

  announce() {
    document.dispatchEvent(
      new CustomEvent("filterchange", { detail: { search: this.applied ? `?${this.applied}` : "" } }),
    );
  }

  /** Read the first page of what matches. */
  async load() {
    this.loading?.abort();
    const { signal } = (this.loading = new AbortController());
    const view = this.part("view-only")?.checked && this.map ? viewText(this.map.view) : "";
    const params = this.paramsOf(this.filter, view);
    params.set("limit", PAGE);
    const address = bare(`${this.layer.items}?${params}`);
    try {
      const found = await page(address, signal);
      this.rows.replace(address, found);
      // Not before: what the server refuses here, it would refuse for each tile.
      this.map?.filter(this.places);
      this.count(found.matched);
      this.part("wrong").hidden = true;
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  count(matched) {
    const { words } = this;
    const name = matched === 0 ? "none" : matched === 1 ? "one" : "count";
    this.part("count").textContent = words.say(name, { count: words.number(matched) });
  }

  fail(error) {
    if (error.status === 410) document.dispatchEvent(new CustomEvent("releasegone"));
    this.part("wrong").textContent = this.words.say("failed", { reason: error.message });
    this.part("wrong").hidden = false;
  }

  /** Rows that came: the chosen one is told apart. */
  mark(rows) {
    for (const row of rows) row.classList.toggle("chosen", row.dataset.id === this.chosen);
  }

  /** Choose a feature by its id, or none: on the map, in the table, in the panel. */
  async choose(id, going = false) {
    this.chosen = id === null ? null : String(id);
    this.mark(this.table.querySelectorAll("tbody tr[data-id]"));
    if (id === null) {
      this.panel.hide();
      return this.map.choose(null);
    }
    if (!going) this.rows.reveal(id);
    const pinned = this.layer.current ? "" : `&release=${this.layer.release}`;
    try {
      const feature = await json(`${this.layer.items}/${encodeURIComponent(id)}?f=json${pinned}`);
      if (this.chosen !== String(id)) return;
      this.panel.show(feature);
      this.map.choose(feature);
      if (going) this.map.goTo(feature, this.panel.width);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Buttons that show features on the map, in rows that the server wrote. */
  addFinders() {
    for (const row of this.table.querySelectorAll("tbody tr[data-id]")) {
      if (!row.querySelector(".find")) addFinder(row, row.cells[0].textContent, this.words);
    }
  }
}
