// One row of the table, and what the head of the table does.
import { titleOf } from "./cells.js";

/**
 * @param {{columns: object[], names: string[], items: string, words: import("./cells.js").Words, places: boolean}} how
 * @returns {(feature: object) => HTMLTableRowElement}
 */
export function rowMaker({ columns, names, items, words, places }) {
  return (feature) => {
    const row = document.createElement("tr");
    row.dataset.id = feature.id;
    const title = titleOf(feature, names, columns, words);
    row.append(head(title, `${items}/${encodeURIComponent(feature.id)}`));
    for (const column of columns) row.append(cell(feature.properties?.[column.name], column, words));
    if (places) addFinder(row, title, words);
    return row;
  };
}

function head(title, href) {
  const cell = document.createElement("th");
  cell.scope = "row";
  const link = document.createElement("a");
  link.href = href;
  link.dir = "auto";
  link.textContent = title;
  cell.append(link);
  return cell;
}

function cell(value, column, words) {
  const made = document.createElement("td");
  if (column.type === "text") made.dir = "auto";
  if ((column.type === "number" || column.type === "integer") && !column.values) made.className = "number";
  made.append(words.node(value, column));
  return made;
}

/** A button in a row that shows its feature on the map. */
export function addFinder(row, title, words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "find";
  button.setAttribute("aria-label", words.say("find", { title }));
  button.title = words.say("findShort");
  row.cells[0].prepend(button);
}

/**
 * Makes the links of the table's head into buttons, which sort.
 * @param {HTMLTableElement} table
 * @param {(sortby: string) => void} sort
 */
export function makeSortable(table, sort) {
  for (const link of table.tHead.querySelectorAll("a[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.dataset.sort = link.dataset.sort;
    button.append(...link.childNodes);
    link.replaceWith(button);
  }
  table.tHead.addEventListener("click", ({ target }) => {
    const name = target.closest("[data-sort]")?.dataset.sort;
    if (!name) return;
    const order = target.closest("th").getAttribute("aria-sort");
    sort(order === "ascending" ? `-${name}` : order === "descending" ? "" : name);
  });
}

/** Say in the head how the table is sorted. */
export function showOrder(table, sortby) {
  for (const button of table.tHead.querySelectorAll("[data-sort]")) {
    const name = button.dataset.sort;
    const order = sortby === name ? "ascending" : sortby === `-${name}` ? "descending" : null;
    if (order) button.closest("th").setAttribute("aria-sort", order);
    else button.closest("th").removeAttribute("aria-sort");
  }
}
