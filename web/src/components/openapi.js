// A search over the operations of the page: those that hold all the words stay.

/** @param {HTMLElement} element */
export function mount(element) {
  const operations = [...document.getElementById(element.dataset.list).children];
  const texts = operations.map((each) => each.textContent.toLowerCase());
  const links = new Map([...document.querySelectorAll(".openapi-index a")].map((each) => [each.hash.slice(1), each.parentElement]));
  const [label, input, count] = ["label", "input", "p"].map((name) => document.createElement(name));
  input.type = "search";
  input.id = "openapi-search";
  label.htmlFor = input.id;
  label.textContent = element.dataset.label;
  count.setAttribute("role", "status");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    operations.forEach((operation, at) => {
      const found = words.every((word) => texts[at].includes(word));
      operation.hidden = !found;
      const link = links.get(encodeURIComponent(operation.id)) ?? links.get(operation.id);
      if (link) link.hidden = !found;
      shown += found ? 1 : 0;
    });
    count.textContent = words.length ? element.dataset.count.replace("{count}", shown).replace("{all}", operations.length) : "";
  });
  element.append(label, input, count);
  element.classList.add("field");
  element.hidden = false;
}
