// The table: pages of rows are added as one scrolls, and rows far away are put away. One <tbody> is one page.
import { page } from "./pages.js";

const AROUND = 1500;
/** So far before its end more is asked for. */
const AHEAD = 300;
/** Pages whose rows stay in memory; others are asked for again by their address. */
const KEPT = 50;

/**
 * @typedef {object} Chunk
 * @property {string} address
 * @property {HTMLTableSectionElement} body
 * @property {object[] | null} features
 * @property {number} first number of its first row, from 1
 * @property {boolean} shown
 */

/** A table whose rows come page by page. */
export class PagedTable {
  /**
   * @param {HTMLTableElement} table
   * @param {HTMLElement} scroller the element that scrolls it
   * @param {HTMLButtonElement} more
   * @param {{row: (feature: object) => HTMLTableRowElement, failed: (error: Error) => void, filled: (rows: Iterable<HTMLTableRowElement>) => void}} how
   */
  constructor(table, scroller, more, how) {
    Object.assign(this, { table, scroller, more, how, chunks: [], next: null, kept: [] });
    scroller.addEventListener("scroll", () => this.look(), { passive: true });
    new ResizeObserver(() => this.look()).observe(scroller);
    more.addEventListener("click", () => this.append(true));
  }

  /** Take over the rows that the server wrote: the page at `address`. */
  adopt(address, matched, next) {
    const body = this.table.tBodies[0];
    this.restart(matched, next);
    this.add({ address, body, features: null, first: 1, shown: true });
  }

  /** Show another list, from its first page on. */
  replace(address, { features, matched, next }) {
    this.restart(matched, next);
    for (const body of [...this.table.tBodies]) body.remove();
    this.scroller.scrollTop = 0;
    const chunk = {
      address,
      body: this.table.appendChild(document.createElement("tbody")),
      features,
      first: 1,
      shown: false,
    };
    this.fill(chunk);
    this.add(chunk);
  }

  restart(matched, next) {
    this.running?.abort();
    this.running = new AbortController();
    this.waiting = null;
    this.chunks = [];
    this.kept = [];
    this.next = next;
    this.more.hidden = !next;
    this.table.removeAttribute("aria-busy");
    this.table.setAttribute("aria-rowcount", String(matched + 1));
  }

  add(chunk) {
    this.chunks.push(chunk);
    this.remember(chunk);
    this.look();
  }

  /** Look, with the next frame, what has come near and what has gone far. */
  look() {
    if (this.looking) return;
    this.looking = requestAnimationFrame(() => {
      this.looking = 0;
      const { scrollTop, clientHeight, scrollHeight } = this.scroller;
      // All is measured before anything is changed.
      const near = this.chunks.map(({ body }) => {
        const top = body.offsetTop;
        return top < scrollTop + clientHeight + AROUND && top + body.offsetHeight > scrollTop - AROUND;
      });
      this.chunks.forEach((chunk, at) => (near[at] ? this.fill(chunk) : this.empty(chunk)));
      if (scrollHeight - scrollTop - clientHeight < AHEAD && !this.byKeyboard) this.append(false);
    });
  }

  /** Whoever goes through the rows by keyboard is let out behind them, where a button brings more. */
  get byKeyboard() {
    return this.table.querySelector("tbody :focus-visible") !== null;
  }

  /** Ask for the next page; a person who pressed the button is taken to its first row. */
  async append(asked) {
    if (!this.next || this.waiting) return;
    const [address, { signal }] = [this.next, this.running];
    this.waiting = address;
    this.table.setAttribute("aria-busy", "true");
    try {
      const found = await page(address, signal);
      const last = this.chunks.at(-1);
      const first = last.first + (last.features?.length ?? last.body.rows.length);
      const body = this.table.appendChild(document.createElement("tbody"));
      const chunk = { address, body, features: found.features, first, shown: false };
      this.next = found.next;
      this.more.hidden = !found.next;
      this.fill(chunk);
      this.add(chunk);
      if (asked) body.querySelector("a, button")?.focus();
    } catch (error) {
      if (!signal.aborted) this.how.failed(error);
    } finally {
      if (!signal.aborted) {
        this.waiting = null;
        this.table.removeAttribute("aria-busy");
      }
    }
  }

  /** Write the rows of a page, asked for again where they are not in memory. */
  async fill(chunk) {
    if (chunk.shown) return;
    chunk.shown = true;
    const { signal } = this.running;
    try {
      chunk.features ??= (await page(chunk.address, signal)).features;
    } catch (error) {
      chunk.shown = false;
      if (!signal.aborted) this.how.failed(error);
      return;
    }
    if (!chunk.shown) return;
    const rows = chunk.features.map(this.how.row);
    rows.forEach((row, at) => row.setAttribute("aria-rowindex", String(chunk.first + at + 1)));
    chunk.body.replaceChildren(...rows);
    this.remember(chunk);
    this.how.filled(rows);
  }

  /** Put the rows of a page away, and keep their room; not those that a person is in. */
  empty(chunk) {
    if (!chunk.shown || chunk.body.contains(document.activeElement) || chunk === this.chunks.at(-1)) return;
    chunk.shown = false;
    const cell = document.createElement("td");
    cell.colSpan = this.table.tHead.rows[0].cells.length;
    cell.style.height = `${chunk.body.getBoundingClientRect().height}px`;
    const row = document.createElement("tr");
    row.className = "spacer";
    row.setAttribute("aria-hidden", "true");
    row.append(cell);
    chunk.body.replaceChildren(row);
  }

  remember(chunk) {
    if (!chunk.features || chunk.first === 1) return;
    this.kept = [...this.kept.filter((each) => each !== chunk), chunk];
    if (this.kept.length > KEPT) {
      const oldest = this.kept.shift();
      oldest.features = oldest.shown ? oldest.features : null;
    }
  }

  /** Scroll the table, and not the page, to the row of a feature. */
  reveal(id) {
    const row = this.rowOf(id)?.getBoundingClientRect();
    if (!row) return;
    const { top, bottom } = this.scroller.getBoundingClientRect();
    const above = row.top - top - this.table.tHead.offsetHeight;
    if (above < 0) this.scroller.scrollTop += above;
    else if (row.bottom > bottom) this.scroller.scrollTop += row.bottom - bottom;
  }

  /** The row of a feature, where it is in the table now. */
  rowOf(id) {
    return this.table.querySelector(`tbody tr[data-id="${CSS.escape(String(id))}"]`);
  }
}
