/** Nothing yet. */
export function mount() {}
