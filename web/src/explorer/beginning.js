// What the explorer does with its map: this, and all that draws maps, is loaded only where a layer has places.
import { Drawing } from "./drawing.js";
import { showLegend } from "./legend.js";
import { LayerMap } from "./mapping.js";
import { Panel } from "./panel.js";
import { onGroundChange } from "../map/colours.js";
import { fit } from "../map/open.js";

/** Start the map of an explorer, and connect it with the table and the controls. */
export async function startMap(explorer, canvas) {
  const { layer, form, table, columns } = explorer;
  const column = () => columns.find(({ name }) => name === explorer.part("colour")?.value);
  const map = await LayerMap.open(canvas, layer, explorer.places, column());
  // The filter may have changed meanwhile.
  map.filter(explorer.places);
  explorer.map = map;
  explorer.panel = new Panel(explorer.part("panel"), explorer.how, () => explorer.choose(null));
  explorer.drawing = new Drawing(map);
  explorer.drawing.show(explorer.filter.bbox, explorer.filter.shape);
  explorer.addFinders();

  const paint = () => showLegend(explorer.part("legend"), column(), explorer.words.words.alike);
  paint();
  onGroundChange(paint);
  explorer.part("colour")?.addEventListener("change", () => {
    map.colourBy(column());
    paint();
  });
  for (const box of explorer.element.querySelectorAll("[data-other]")) {
    box.addEventListener("change", () => map.orientate(layer.others[box.dataset.other], box.checked));
  }
  explorer.part("everything").addEventListener("click", () => fit(map.map, layer.extent ?? layer.area));

  const viewOnly = explorer.part("view-only");
  viewOnly.addEventListener("change", () => explorer.load());
  map.map.on("moveend", () => viewOnly.checked && explorer.load());

  connectRows(explorer, map, table);
  connectArea(explorer, map, form);
}

function connectRows(explorer, map, table) {
  const idOf = ({ target }) => target.closest?.("tbody tr")?.dataset.id ?? null;
  table.addEventListener("mouseover", (event) => map.light(idOf(event)));
  table.addEventListener("mouseleave", () => map.light(null));
  table.addEventListener("focusin", (event) => map.light(idOf(event)));
  table.addEventListener("focusout", () => map.light(null));
  table.addEventListener("click", (event) => {
    if (event.target.closest(".find")) explorer.choose(idOf(event), true);
  });
  map.listeners.failed = (error) => explorer.fail(error);
  map.listeners.pick = (id) => explorer.choose(id);
  map.listeners.hover = (id) => {
    map.light(id);
    for (const row of table.querySelectorAll("tr.near")) row.classList.remove("near");
    if (id !== null) explorer.rows.rowOf(id)?.classList.add("near");
  };
}

function connectArea(explorer, map, form) {
  const { words, drawing } = explorer;
  const hint = explorer.part("area-hint");
  const say = () => {
    hint.textContent = explorer.shape ? words.say("shape", { count: explorer.shape.length }) : "";
  };
  const ways = {
    view: async () => explorer.takeArea(map.view, null),
    none: async () => explorer.takeArea(null, null),
    rectangle: async () => {
      const found = await drawing.rectangle();
      explorer.takeArea(found ?? explorer.filter.bbox, found ? null : explorer.shape);
    },
    polygon: async () => {
      const found = await drawing.polygon();
      explorer.takeArea(found ? null : explorer.filter.bbox, found ?? explorer.shape);
    },
  };
  for (const button of form.querySelectorAll("[data-area]")) {
    button.addEventListener("click", async () => {
      const way = button.dataset.area;
      if (words.words[way]) {
        hint.textContent = words.say(way);
        map.map.getContainer().scrollIntoView({ block: "nearest", behavior: "instant" });
      }
      await ways[way]();
      say();
    });
  }
  // Numbers that are written replace a polygon.
  for (const edge of form.querySelectorAll("[data-edge]"))
    edge.addEventListener("input", () => (explorer.shape = null));
  say();
}
