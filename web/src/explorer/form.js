// The controls of a filter: what they say as a Filter (query.js), and a Filter shown by them.

/**
 * @param {HTMLFormElement} form
 * @param {string} sortby order that the table has
 * @returns {import("./query.js").Filter}
 */
export function readForm(form, sortby, shape) {
  const value = (selector, root = form) => root.querySelector(selector)?.value.trim() ?? "";
  const fields = {};
  for (const each of form.querySelectorAll("[data-field]")) if (each.value) fields[each.name] = each.value;
  const ranges = {};
  for (const each of form.querySelectorAll("[data-range]")) {
    const found = { from: value("[data-end=from]", each), to: value("[data-end=to]", each) };
    if (found.from || found.to) ranges[each.dataset.range] = found;
  }
  const edges = [...form.querySelectorAll("[data-edge]")].map((each) => each.value.trim());
  const complete = edges.length === 4 && edges.every((edge) => edge !== "" && Number.isFinite(Number(edge)));
  return {
    q: value("[name=q]"),
    fields,
    ranges,
    period: { from: value("[data-period=from]"), to: value("[data-period=to]") },
    bbox: complete ? edges.map(Number) : null,
    shape,
    own: value("[name=filter]"),
    sortby,
  };
}

/** Show a filter by the controls. */
export function showFilter(form, filter) {
  const set = (selector, text, root = form) => {
    const element = root.querySelector(selector);
    if (element) element.value = text ?? "";
  };
  set("[name=q]", filter.q);
  for (const each of form.querySelectorAll("[data-field]")) each.value = filter.fields[each.name] ?? "";
  for (const each of form.querySelectorAll("[data-range]")) {
    set("[data-end=from]", filter.ranges[each.dataset.range]?.from, each);
    set("[data-end=to]", filter.ranges[each.dataset.range]?.to, each);
  }
  set("[data-period=from]", filter.period.from);
  set("[data-period=to]", filter.period.to);
  showBox(form, filter.bbox);
  set("[name=filter]", filter.own);
}

/** Show a rectangle by its four numbers; none where there is none. */
export function showBox(form, bbox) {
  form.querySelectorAll("[data-edge]").forEach((each, at) => {
    each.value = bbox ? String(bbox[at]) : "";
  });
}

/** Controls that need scripts are shown, and those for readers without are put away: they are not sent. */
export function makeScripted(form) {
  for (const each of form.querySelectorAll(".scripted")) each.hidden = false;
  for (const each of form.querySelectorAll(".unscripted")) {
    each.hidden = true;
    for (const input of each.querySelectorAll("input")) input.disabled = true;
  }
}
