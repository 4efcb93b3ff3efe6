// Ready-made code: puts the filter of the map and the table into the addresses of the examples.

/** Parameters that mean nothing to tiles. */
const NOT_FOR_TILES = new Set(["bbox", "bbox-crs", "sortby"]);
/** Parameters that are no filter. */
const NO_FILTERS = new Set(["f", "lang", "limit", "offset", "cursor", "release", "crs", "skipGeometry", "properties"]);

/** As strict as the server writes it: nothing in it means anything to a shell. */
const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** The parameters of a filter as they stand in an address. */
function written(parameters, without) {
  return [...parameters]
    .filter(([name]) => !NO_FILTERS.has(name) && !without.has(name))
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join("&");
}

/** @param {HTMLElement} element */
export function mount(element) {
  document.addEventListener("filterchange", ({ detail }) => {
    const parameters = new URLSearchParams(detail.search);
    for (const address of element.querySelectorAll("[data-filtered]")) {
      const { path, more, tiles } = address.dataset;
      const filter = written(parameters, tiles === undefined ? new Set() : NOT_FOR_TILES);
      const query = [filter, more].filter(Boolean).join("&");
      address.textContent = query ? `${path}?${query}` : path;
    }
  });
}
