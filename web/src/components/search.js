// The form that searches the layers: the cards on the page are filtered while somebody types. What is sent to the
// server finds the same, and also what is on no card here.

const WORD = /[\p{L}\p{N}_]+/gu;

/** A text without case and accents, as the server folds what it searches. */
const folded = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");

/** Whether a word that was typed stands for one that is known: its beginning, a part, or it with another ending. */
function alike(word, known) {
  if (known.startsWith(word) || (word.length >= 3 && known.includes(word))) return true;
  return known.length > 3 && word.startsWith(known) && word.length <= known.length + 3;
}

/** Whether one of the terms between commas has all its words among the known ones. */
export function matches(asked, known) {
  const terms = asked.split(",").map((term) => folded(term).match(WORD) ?? []);
  const found = terms.filter((term) => term.length);
  return !found.length || found.some((term) => term.every((word) => known.some((each) => alike(word, each))));
}

/**
 * @param {HTMLFormElement} form with `data-cards` (the id of the list of cards; what it counts is in `…-count`, what is
 *   shown when there are none is `…-none`) and `data-count`, a text with {count} and {of}.
 */
export function mount(form) {
  const { cards, count } = form.dataset;
  const list = document.getElementById(cards);
  if (!list) return;
  const status = document.getElementById(`${cards}-count`);
  const none = document.getElementById(`${cards}-none`);
  const all = [...list.children].map((card) => ({ card, known: card.dataset.words.match(WORD) ?? [] }));
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const first = form.elements.q.value;
  const before = [...status.childNodes];
  const filter = () => {
    const asked = form.elements.q.value;
    let shown = 0;
    for (const { card, known } of all) {
      card.hidden = !matches(asked, known);
      if (!card.hidden) shown += 1;
    }
    none.hidden = shown > 0;
    if (asked === first) status.replaceChildren(...before);
    else status.textContent = count.replace("{count}", number.format(shown)).replace("{of}", number.format(all.length));
  };
  form.elements.q.addEventListener("input", filter);
}
