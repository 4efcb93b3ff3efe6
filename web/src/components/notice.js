// Tells on an open page that a new release came, or that the one that is shown was withdrawn.

const MILLISECONDS = 1500;
/** After a failure it waits longer and longer, at most this long. */
const LONGEST = 60_000;

/** Asks about the collection while the page is looked at: with the label of the last answer, so that little is sent. */
export function mount(element) {
  const { collection } = element.dataset;
  const shown = Number(element.dataset.release);
  // A page of one release asks whether that one can still be read; others ask which is the newest.
  const pinned = "pinned" in element.dataset;
  const address = pinned ? first(collection, shown) : `${collection}?f=json`;
  let [label, timer, wait, done] = ["", 0, MILLISECONDS, false];

  const tell = (name) => {
    done = true;
    for (const each of element.querySelectorAll("p[data-notice]")) each.hidden = each.dataset.notice !== name;
    element.hidden = false;
  };

  async function look() {
    try {
      const answer = await fetch(address, { cache: "no-store", headers: label ? { "If-None-Match": label } : {} });
      wait = MILLISECONDS;
      if (answer.status === 410) return tell("withdrawn");
      if (answer.status === 404) return tell("gone");
      if (answer.ok) {
        label = answer.headers.get("etag") ?? "";
        const { release } = pinned ? { release: { number: shown } } : await answer.json();
        if (release.number !== shown) return tell((await withdrawn(collection, shown)) ? "withdrawn" : "new");
      } else if (answer.status !== 304) wait = Math.min(wait * 2, LONGEST);
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    later();
  }

  function later() {
    clearTimeout(timer);
    if (!done && !document.hidden) timer = setTimeout(look, wait);
  }

  document.addEventListener("visibilitychange", later);
  // What reads features meets a withdrawn release first.
  document.addEventListener("releasegone", () => done || tell("withdrawn"));
  for (const button of element.querySelectorAll("button")) button.addEventListener("click", showCurrent);
  later();
}

async function withdrawn(collection, release) {
  const answer = await fetch(first(collection, release), { cache: "no-store" });
  return answer.status === 410;
}

/** The address of the first feature of a release. */
function first(collection, release) {
  return `${collection}/items?release=${release}&limit=1&skipGeometry=true&f=json`;
}

/** The same page with the same filter, of the current release. */
function showCurrent() {
  const here = new URL(location.href);
  for (const name of ["release", "cursor", "offset"]) here.searchParams.delete(name);
  if (here.href === location.href) location.reload();
  else location.assign(here);
}
