// A button that copies the text of an element (`data-copies`: its id), and says so in words.

/** How long the button says what became of it, in milliseconds. */
const SHOWN = 2500;

/** @param {HTMLButtonElement} button */
export function mount(button) {
  const { copies, done, failed } = button.dataset;
  const source = document.getElementById(copies);
  if (!source || !navigator.clipboard) return;
  const said = document.createElement("span");
  said.className = "copy-said";
  said.setAttribute("role", "status");
  button.after(said);
  let timer;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      said.textContent = done;
    } catch {
      said.textContent = failed;
    }
    clearTimeout(timer);
    timer = setTimeout(() => (said.textContent = ""), SHOWN);
  });
  button.hidden = false;
}
