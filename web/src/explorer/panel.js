// A small panel on the map: what one feature is, with a link to its own page.
import { titleOf } from "./cells.js";

const MOST = 12;

/** Shows features in a panel. */
export class Panel {
  /**
   * @param {HTMLElement} element with `[data-panel=title]`, `[data-panel=values]`, `[data-panel=link]`, `[data-panel=close]`
   * @param {() => void} closed
   */
  constructor(element, { columns, names, items, words }, closed) {
    Object.assign(this, { element, columns, names, items, words });
    const close = () => {
      if (element.hidden) return;
      this.hide();
      closed();
    };
    this.part("close").addEventListener("click", close);
    element.addEventListener("keydown", ({ key }) => key === "Escape" && close());
  }

  part(name) {
    return this.element.querySelector(`[data-panel=${name}]`);
  }

  /** Pixels of the map that it covers, from the side. */
  get width() {
    return getComputedStyle(this.element).position === "absolute" ? this.element.offsetWidth : 0;
  }

  hide() {
    this.element.hidden = true;
  }

  show(feature) {
    const { columns, words } = this;
    this.part("title").textContent = titleOf(feature, this.names, columns, words);
    this.part("link").href = `${this.items}/${encodeURIComponent(feature.id)}`;
    const filled = columns.filter(({ name }) => words.text(feature.properties?.[name], {}) !== "").slice(0, MOST);
    this.part("values").replaceChildren(...filled.map((column) => this.pair(column, feature.properties[column.name])));
    this.element.hidden = false;
  }

  pair(column, value) {
    const pair = document.createElement("div");
    const [name, shown] = [document.createElement("dt"), document.createElement("dd")];
    name.textContent = column.title;
    shown.dir = "auto";
    shown.append(this.words.node(value, column));
    pair.append(name, shown);
    return pair;
  }
}
