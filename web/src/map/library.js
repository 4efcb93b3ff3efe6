// MapLibre, in a module of its own that is loaded where there is a map, and its worker from this server.
import { Map, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";

// WORKER_FILE is put in by web/build.mjs.
setWorkerUrl(new URL(WORKER_FILE, import.meta.url).href);

export { Map, NavigationControl, ScaleControl };
