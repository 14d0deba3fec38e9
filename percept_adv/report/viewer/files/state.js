// What is being looked at: one object that all parts read, change and listen to.

const NUMBERS = [
  "beta", "domain_sigma", "range_sigma", "gain", "difference_gain", "view_gain", "swipe",
];
const WORDS = [
  "scene", "mode", "arrangement", "channel", "panes", "sort", "order", "filter", "attack", "success",
  "most", "at",
];

export class State extends EventTarget {
  #values;

  constructor(values) {
    super();
    this.#values = { ...values };
  }

  get(name) {
    return this.#values[name];
  }

  // Change several values at once; listeners hear which ones really changed.
  set(changes) {
    const changed = new Set();
    for (const [name, value] of Object.entries(changes)) {
      if (this.#values[name] === value) continue;
      this.#values[name] = value;
      changed.add(name);
    }
    if (changed.size) this.dispatchEvent(new CustomEvent("change", { detail: changed }));
  }

  // Call a function whenever one of the named values changed.
  on(names, listener) {
    this.addEventListener("change", (event) => {
      if (names.some((name) => event.detail.has(name))) listener(event.detail);
    });
  }

  // The address that shows the same again.
  hash() {
    const query = new URLSearchParams();
    for (const name of [...WORDS, ...NUMBERS]) {
      const value = this.#values[name];
      if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
    }
    return "#" + query.toString();
  }
}

// What an address without a value means.
export const NOTHING = Object.fromEntries(WORDS.map((name) => [name, ""]));

// Read the values that an address holds; what is not understood is left out.
export function valuesOf(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const values = {};
  for (const name of WORDS) if (query.has(name)) values[name] = query.get(name);
  for (const name of NUMBERS) {
    const number = Number(query.get(name) ?? NaN);
    if (Number.isFinite(number)) values[name] = number;
  }
  return values;
}

// Panes as text and back: "image:stored,image:magnified".
export const panesToText = (panes) => panes.map((p) => `${p.subject}:${p.view}`).join(",");

export function panesFromText(text) {
  return (text ?? "").split(",").filter(Boolean).map((part) => {
    const cut = part.lastIndexOf(":");
    return { subject: part.slice(0, cut), view: part.slice(cut + 1) };
  });
}
