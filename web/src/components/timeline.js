// Days on a slider: the map and the list show what goes on that day. Without a map the list follows all the same.
import { colourBy, layersOf } from "../map/layers.js";
import { onGroundChange } from "../map/colours.js";
import { showLegend } from "../explorer/legend.js";
import { NoMap, openMap } from "../map/open.js";

/** How long a day is shown while days are played. */
const PACE = 1200;
const PLANNED = 0.4;

/** @param {HTMLElement} element */
export async function mount(element) {
  const days = element.dataset.days.split(",");
  const list = document.getElementById(element.dataset.list);
  const controls = element.querySelector("[data-part=controls]");
  const [slider, output, all, play] = ["slider", "day", "all", "play"].map((name) => controls.querySelector(`[data-part=${name}]`));
  const names = new Intl.DateTimeFormat(element.dataset.language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  let map = null;
  let timer = null;

  const show = (day) => {
    const shown = showList(list, day === null ? null : days.indexOf(day));
    const words = day ? `${names.format(new Date(day))} – ${element.dataset.count.replace("{count}", shown)}` : element.dataset.everyDay;
    output.textContent = words;
    if (day) slider.setAttribute("aria-valuetext", words);
    all.hidden = day === null;
    map?.show(day ?? `${days[0]}/${days.at(-1)}`);
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = element.dataset.play;
  };
  const next = () => {
    if (Number(slider.value) >= days.length - 1) return pause();
    slider.value = Number(slider.value) + 1;
    show(days[slider.value]);
  };

  slider.max = days.length - 1;
  slider.value = Math.max(days.indexOf(element.dataset.today), 0);
  slider.addEventListener("input", () => {
    pause();
    show(days[slider.value]);
  });
  all.addEventListener("click", () => {
    pause();
    show(null);
    slider.focus();
  });
  play.addEventListener("click", () => {
    if (timer) return pause();
    if (Number(slider.value) >= days.length - 1) slider.value = 0;
    show(days[slider.value]);
    play.textContent = element.dataset.pause;
    timer = setInterval(next, PACE);
  });
  // Nothing moves by itself for readers who want no motion: the slider is theirs to move.
  play.hidden = days.length < 2 || matchMedia("(prefers-reduced-motion: reduce)").matches;
  controls.hidden = days.length < 2;
  slider.setAttribute("aria-valuetext", names.format(new Date(days[slider.value])));
  show(null);
  if (element.dataset.tiles) map = await openDays(element);
  map?.show(`${days[0]}/${days.at(-1)}`);
}

/** Show what goes on that day (its number among the days), or all; how many those are. */
function showList(list, day) {
  let shown = 0;
  for (const place of list.querySelectorAll(".timeline-place")) {
    let here = 0;
    for (const item of place.querySelectorAll(".timeline-feature")) {
      const { begin, finish } = item.dataset;
      item.hidden = day !== null && !(begin !== "" && Number(begin) <= day && day <= Number(finish));
      here += item.hidden ? 0 : 1;
    }
    place.hidden = here === 0;
    shown += here;
  }
  return shown;
}

/** The map of what goes on in a period; null where this browser cannot draw maps. */
async function openDays(element) {
  const box = element.querySelector(".map");
  const sentence = element.querySelector("[data-no-map]");
  const settings = JSON.parse(element.querySelector("[data-part=settings]").textContent);
  box.hidden = false;
  try {
    const [map, described] = await Promise.all([
      openMap(box, { bounds: settings.extent, area: settings.area, label: element.dataset.label }),
      fetch(element.dataset.tiles).then((answer) => answer.json()),
    ]);
    sentence.hidden = true;
    showLegend(element.querySelector("[data-part=legend]"), settings.column ?? undefined, element.dataset.alike);
    return new DayMap(map, described, settings);
  } catch (error) {
    box.hidden = true;
    if (!(error instanceof NoMap)) throw error;
    return null;
  }
}

/** Features whose period holds a day; those that have not begun yet are paler. */
class DayMap {
  constructor(map, described, settings) {
    Object.assign(this, { map, described, settings });
  }

  /** @param {string} period a date, or two with a slash between, as `datetime` takes it */
  show(period) {
    const { map, described, settings } = this;
    const asked = new URLSearchParams({ datetime: period, ...(settings.filter && { filter: settings.filter }) });
    const tiles = described.tiles.map((tile) => `${tile}${tile.includes("?") ? "&" : "?"}${asked}`);
    const source = map.getSource("days");
    if (source) return void source.setTiles(tiles);
    map.addSource("days", { type: "vector", tiles, minzoom: described.minzoom, maxzoom: described.maxzoom, bounds: described.bounds });
    this.draw();
    onGroundChange(() => this.draw());
  }

  draw() {
    const { map, described, settings } = this;
    const from = { source: "days", "source-layer": described.vector_layers[0].id };
    const off = settings.cancelled.map((name) => ["!=", ["get", name], "cancelled"]);
    const begun = settings.start ? ["<=", ["slice", ["to-string", ["coalesce", ["get", settings.start], ""]], 0, 10], settings.today] : true;
    for (const layer of layersOf("days", from, { colour: colourBy(settings.column ?? undefined) })) {
      if (map.getLayer(layer.id)) map.removeLayer(layer.id);
      layer.filter = ["all", layer.filter, ...off];
      const opacity = { fill: "fill-opacity", line: "line-opacity", circle: "circle-opacity" }[layer.type];
      if (begun !== true) layer.paint[opacity] = ["case", begun, 1, PLANNED];
      map.addLayer(layer);
    }
  }
}
