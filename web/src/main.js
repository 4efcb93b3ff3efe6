// Mounts the components of a page: what the server wrote becomes more, where scripts run.

/** Words for elements that could not become more are on the page already: what fails is told in the console alone. */
async function mount(element) {
  const { mount: start } = await import(`./components/${element.dataset.component}.js`);
  await start(element);
}

for (const element of document.querySelectorAll("[data-component]")) {
  mount(element).catch((error) => console.error(error));
}
