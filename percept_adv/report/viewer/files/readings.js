// What is told of the chosen picture in numbers: values under the pointer, histogram, downloads.

import { addresses, fetchJson, query } from "viewer/addresses";

const COLOURS = ["var(--red)", "var(--green)", "var(--blue)"];

export class Readings {
  #state;
  #manifest;
  #stage;
  #pending = 0;
  #place = document.getElementById("place");
  #values = document.getElementById("values");
  #histogram = document.getElementById("histogram");
  #waiting = null;

  constructor(state, manifest, stage) {
    this.#state = state;
    this.#manifest = manifest;
    this.#stage = stage;
    document.addEventListener("pointed", (event) => this.#point(event.detail));
    document.addEventListener("shown", () => this.#draw());
    state.on(["scene"], () => this.#clear());
    document.getElementById("copy-link").addEventListener("click", (event) => this.#copy(event.target));
  }

  // What is told of a picture goes with it.
  #clear() {
    clearTimeout(this.#pending);
    this.#waiting?.abort();
    this.#values.replaceChildren();
    this.#histogram.replaceChildren();
    for (const id of ["place", "histogram-of"]) document.getElementById(id).textContent = "";
  }

  #point({ x, y }) {
    this.#place.textContent = `x ${x}, y ${y}`;
    if (!this.#manifest.live) return;
    clearTimeout(this.#pending);
    this.#pending = setTimeout(() => this.#read(x, y), 40);
  }

  async #read(x, y) {
    this.#waiting?.abort();
    this.#waiting = new AbortController();
    const { scene } = this.#stage;
    try {
      const address = addresses.values(scene, x, y, this.#state);
      const rows = await fetchJson(address, { signal: this.#waiting.signal });
      this.#values.replaceChildren(...rows.flatMap((row) => this.#rowsOf(scene, row)));
    } catch (error) {
      if (error.name !== "AbortError") this.#values.replaceChildren();
    }
  }

  #rowsOf(scene, row) {
    const label = scene.subjects.find((one) => one.id === row.subject).label;
    return ["stored", "magnified", "difference"].filter((view) => row[view]).map((view) => {
      const line = document.createElement("tr");
      const title = view === "stored" ? label : `${view}${scene.subjects.length > 1 ? `, ${label}` : ""}`;
      line.append(Object.assign(document.createElement("th"), { scope: "row", textContent: title }));
      for (const value of row[view]) {
        const text = Number.isInteger(value) && view === "stored" ? value : value.toFixed(view === "magnified" ? 2 : 4);
        line.append(Object.assign(document.createElement("td"), { textContent: text }));
      }
      return line;
    });
  }

  // The histogram of what the last pane shows.
  async #draw() {
    if (!this.#manifest.live) return;
    const pane = this.#stage.panes.at(-1);
    if (!pane || pane.status.textContent) return;
    try {
      const address = addresses.histogram(this.#stage.scene, pane.what, query(this.#state, pane.what.view));
      const { counts } = await fetchJson(address);
      this.#paint(counts, pane);
    } catch {
      this.#histogram.replaceChildren();
    }
  }

  #paint(counts, pane) {
    const bins = counts[0].length;
    // Black and white gather what is clipped: the scale is that of the values between.
    const most = Math.max(1, ...counts.flatMap((channel) => channel.slice(1, -1)));
    const lines = counts.map((channel, c) => {
      const points = channel.map((count, i) => `${(i * 256) / (bins - 1)},${64 - Math.min(64, (60 * count) / most)}`);
      const colour = counts.length === 1 ? "currentColor" : COLOURS[c];
      return `<polyline points="${points.join(" ")}" style="stroke:${colour}"/>`;
    });
    this.#histogram.innerHTML = lines.join("");
    this.#histogram.setAttribute("aria-label", `Histogram of grey levels, ${pane.name}`);
    document.getElementById("histogram-of").textContent = pane.name;
  }

  async #copy(button) {
    const link = location.href.split("#")[0] + this.#state.hash();
    history.replaceState(null, "", this.#state.hash());
    try {
      await navigator.clipboard.writeText(link);
      button.textContent = "Copied";
    } catch {
      button.textContent = "It is in the address bar";
    }
    setTimeout(() => (button.textContent = "Copy link to this view"), 1500);
  }
}
