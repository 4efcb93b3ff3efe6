// Values as people read them: by the titles of their lists, with units, dates and numbers in the page's language.

const LONGEST = 200;
const ADDRESS = /^https?:\/\/[!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]{1,2000}$/;
const LOCALES = { sv: "sv-SE", en: "en-GB" };

/** Makes the texts of one page. */
export class Words {
  /** @param {{language: string, timeZone: string, words: Record<string, string>}} settings */
  constructor({ language, timeZone, words }) {
    this.words = words;
    const locale = LOCALES[language] ?? language;
    this.grouped = new Intl.NumberFormat(locale);
    this.plain = new Intl.NumberFormat(locale, { useGrouping: false });
    this.dates = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    this.times = new Intl.DateTimeFormat(locale, {
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      timeZone,
      timeZoneName: "short",
    });
  }

  /** A text of the page with its `{names}` filled in. */
  say(name, values = {}) {
    return this.words[name].replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
  }

  number(value) {
    return this.grouped.format(value);
  }

  /** A value of a column as text; empty where there is none. */
  text(value, column) {
    if (value === null || value === undefined) return "";
    if (column.values) return column.values[String(value)] ?? String(value);
    if (typeof value === "boolean") return this.words[value ? "yes" : "no"];
    if (typeof value === "number") {
      const counted = column.unit || !Number.isInteger(value) || Math.abs(value) >= 10_000;
      const number = (counted ? this.grouped : this.plain).format(value);
      return column.unit ? `${number}\u00a0${column.unit}` : number;
    }
    if (typeof value === "object") return JSON.stringify(value);
    if (column.type === "date") return this.moment(`${value.slice(0, 10)}T00:00:00Z`, this.dates) ?? value;
    if (column.type === "datetime") return this.moment(value, this.times) ?? value;
    return value;
  }

  moment(text, format) {
    const time = Date.parse(text);
    return Number.isNaN(time) ? undefined : format.format(time);
  }

  /** A value as an element's content: a text, or a link where it is an address. */
  node(value, column, longest = LONGEST) {
    if (typeof value === "string" && !column.values && ADDRESS.test(value)) {
      const link = document.createElement("a");
      link.href = value;
      link.rel = "noopener nofollow";
      link.textContent = short(value.replace(/^https?:\/\/(www\.)?/, ""), 60);
      return link;
    }
    return document.createTextNode(short(this.text(value, column), longest));
  }
}

/** A text of at most so many characters. */
export function short(text, longest) {
  return text.length > longest ? `${text.slice(0, longest - 1).trimEnd()}…` : text;
}

/** What a feature is called: by the fields that name it, else by its id. */
export function titleOf(feature, names, columns, words) {
  const named = names.map((name) => columns.find((column) => column.name === name)).filter(Boolean);
  const texts = named
    .map((column) => words.text(feature.properties?.[column.name], column))
    .filter((text) => text.trim());
  return short(texts.join(", ") || String(feature.id), 160);
}
