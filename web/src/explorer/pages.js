// Pages of features: each is asked for by its address, once at a time, and links to the next.

/** What the server answered that is not what was asked for; `description` is for people. */
export class Refusal extends Error {
  constructor(status, description) {
    super(description);
    this.status = status;
  }
}

/** @returns {Promise<any>} the JSON at an address */
export async function json(address, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "application/geo+json, application/json" } });
  if (answer.ok) return answer.json();
  const { description } = await answer.json().catch(() => ({}));
  throw new Refusal(answer.status, description ?? answer.statusText);
}

/**
 * A page of features.
 * @returns {Promise<{features: object[], matched: number, next: string | null}>}
 */
export async function page(address, signal) {
  const { features, numberMatched, links } = await json(address, signal);
  const next = links.find((link) => link.rel === "next");
  return { features, matched: numberMatched, next: next ? bare(next.href) : null };
}

/** The address of a page as rows need it: JSON without shapes, and with so many features. */
export function bare(address, limit = undefined) {
  const found = new URL(address, document.baseURI);
  if (limit) found.searchParams.set("limit", limit);
  found.searchParams.set("f", "json");
  // What is wrong is told in the page's language, which may not be the browser's.
  found.searchParams.set("lang", document.documentElement.lang);
  found.searchParams.set("skipGeometry", "true");
  return found.href;
}
