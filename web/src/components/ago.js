// A time as how long ago it was; the time itself is shown to whoever points at it.

const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/**
 * Writes how long ago the moment of a `<time>` was, in the page's language; once a minute anew.
 * @param {HTMLTimeElement} element
 */
export function mount(element) {
  const moment = Date.parse(element.dateTime);
  if (Number.isNaN(moment)) return;
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  element.title = element.textContent;
  const write = () => {
    const seconds = (moment - Date.now()) / 1000;
    const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["minute", 60];
    const text = words.format(Math.round(seconds / length), unit);
    if (element.textContent !== text) element.textContent = text;
  };
  write();
  setInterval(write, 60_000);
}
