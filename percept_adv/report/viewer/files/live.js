// What the server computes for a pane: the visible region first, then the exact whole.

import { addresses, fetchJson, nextTurn } from "viewer/addresses";
import { serverTiles, topTile } from "viewer/tiles";
import {
  enlargement, fetchPicture, pictureHere, placeOf, previewReduction, visibleRegion,
} from "viewer/visible";

// After so many milliseconds without the exact region a smaller one is enlarged.
const PATIENCE = 100;

// Computations of which the server has all that the sigmas decide.
const known = new Set();

export class LivePicture {
  #pane;
  #job = { text: null, signal: { aborted: true }, number: 0 };
  #waiting = new AbortController();
  #tiled = null; // The text whose tiles cover the image, exact or not.
  #whole = null; // The text whose tiles are exact and there.
  #exact = null; // The text whose visible region is shown exactly.
  #seen = null; // The region that was asked for last.
  #top = null; // The item of the visible region.
  #urls = new Map();
  #quick = Promise.resolve();
  #impatience = null;
  #shown = 0; // The number of the job whose region is shown.
  #ended = false;

  constructor(pane) {
    this.#pane = pane;
    const { viewer } = pane;
    viewer.addHandler("animation-finish", () => this.#moved());
    viewer.world.addHandler("remove-item", ({ item }) => {
      URL.revokeObjectURL(this.#urls.get(item));
      this.#urls.delete(item);
    });
  }

  // Show what a text of an address says; `sigmas` tells what is computed for the whole image.
  async show(text, sigmas) {
    if (text === this.#job.text) return;
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    const job = (this.#job = { text, sigmas, signal, number: this.#job.number + 1 });
    this.#tiled = this.#whole = this.#exact = null; // Nothing is known of what this job shows.
    const { scene, what } = this.#pane;
    try {
      this.#pane.tell(known.has(sigmas) ? "computing" : "computing the whole image");
      await this.#showVisible(job);
      if (signal.aborted) return;
      if (!known.has(sigmas) && this.#top) this.#layBase(job).catch(() => {});
      const { state } = await fetchJson(addresses.ready(scene, what, text, nextTurn()), { signal });
      if (signal.aborted || state !== "ready") return;
      await this.#layTiles(job, "whole");
      if (signal.aborted) return;
      known.add(sigmas);
      this.#forget();
      this.#pane.tell("");
      this.#say("region", true);
      this.#say("shown", true);
    } catch (error) {
      if (error.name !== "AbortError") this.#pane.tell(error.message, true);
    }
  }

  end() {
    this.#ended = true;
    this.#waiting.abort();
    this.#forget();
  }

  async #showVisible(job) {
    const { viewer, scene, what } = this.#pane;
    this.#seen = JSON.stringify(visibleRegion(viewer, scene));
    if (!viewer.world.getItemCount()) {
      if (what.view !== "magnified") return;
      await this.#layTiles(job, "now");
      if (!job.signal.aborted) this.#tellOf(this.#isExact(job) || enlargement(viewer, scene) >= 1);
      return;
    }
    if (this.#isExact(job)) return this.#soon(job, 0);
    if (enlargement(viewer, scene) < 1) return this.#soon(job, this.#reduction(job, 0));
    // Through a drag of the slider the first change counts: something new is shown soon.
    this.#impatience ??= setTimeout(() => {
      this.#impatience = null;
      this.#soon(this.#job, this.#reduction(this.#job, 1)).catch(() => {});
    }, PATIENCE);
    await this.#layRegion(job, 0, true);
  }

  // Whether all sizes of the picture are exact at once.
  #isExact({ sigmas }) {
    return this.#pane.what.view !== "magnified" || known.has(sigmas);
  }

  #reduction({ text }, least) {
    const sigma = Number(new URLSearchParams(text).get("domain_sigma"));
    return previewReduction(this.#pane.viewer, this.#pane.scene, sigma, least);
  }

  #tellOf(exact) {
    this.#pane.tell(exact ? "computing the whole image" : "preview, computing");
    this.#say("region", exact);
  }

  #forget() {
    clearTimeout(this.#impatience);
    this.#impatience = null;
  }

  // One quick picture after the other: each is shown, and the newest settings come next.
  #soon(job, reduction) {
    const next = this.#quick.then(() => job.signal.aborted || this.#layRegion(job, reduction));
    this.#quick = next.catch(() => {});
    return next;
  }

  // Fetch and show the visible region; what is slow is given up for a newer one.
  async #layRegion(job, reduction, slow = false) {
    const { viewer, scene, what, place } = this.#pane;
    const region = visibleRegion(viewer, scene, reduction);
    if (!region) return;
    const exact = region.level === 0 || this.#isExact(job);
    const url = await fetchPicture(
      addresses.region(scene, what, region, job.text, nextTurn(), slow ? place : undefined),
      slow ? { signal: job.signal } : {});
    if (!url) return;
    if (this.#isLate(job, exact)) return URL.revokeObjectURL(url);
    const item = await this.#add(pictureHere(url, region), placeOf(region, scene));
    this.#urls.set(item, url);
    if (this.#isLate(job, exact)) return this.#remove((one) => one === item);
    this.#remove((one) => one === this.#top);
    this.#top = item;
    this.#shown = job.number;
    if (exact) {
      this.#exact = job.text;
      this.#forget();
    }
    if (job === this.#job && this.#tiled !== job.text) this.#tellOf(exact);
  }

  // Whether something newer or better than a region of a job is shown already.
  #isLate({ number, text }, exact) {
    const better = this.#whole === text || (!exact && this.#exact === text);
    return this.#ended || better || number < this.#shown;
  }

  // Under the region a small picture of the whole, by the same settings.
  async #layBase(job) {
    const { scene, what } = this.#pane;
    const base = await this.#add(topTile(scene, what, job.text), { index: 0 });
    const needless = job.signal.aborted || this.#tiled === job.text;
    this.#remove((one) => (needless ? one === base : one !== base && one !== this.#top));
  }

  // Tiles over all that is shown, which goes when they are there.
  async #layTiles(job, phase) {
    const { scene, what } = this.#pane;
    this.#tiled = job.text;
    const tiles = await this.#add(serverTiles(scene, what, job.text, phase), {});
    const only = this.#items().length === 1;
    if (job.signal.aborted) return this.#remove((one) => one === tiles && !only);
    this.#whole = phase === "whole" ? job.text : null;
    this.#remove((one) => one !== tiles);
    this.#top = null;
  }

  // The view has moved while the whole is being computed: what is visible now comes first.
  #moved() {
    const { viewer, scene } = this.#pane;
    const job = this.#job;
    const seen = JSON.stringify(visibleRegion(viewer, scene));
    if (job.signal.aborted || this.#tiled === job.text || seen === this.#seen) return;
    this.#exact = null;
    this.#showVisible(job).catch(() => {});
  }

  // Add an item; it is there once all of it that is visible is loaded.
  #add(tileSource, options) {
    return new Promise((resolve, reject) => {
      this.#pane.viewer.addTiledImage({
        tileSource,
        ...options,
        success: ({ item }) => {
          const done = () => {
            this.#pane.sharpen();
            resolve(item);
          };
          if (item.getFullyLoaded()) done();
          else item.addOnceHandler("fully-loaded-change", done);
        },
        error: ({ message }) => reject(new Error(message || "cannot be loaded")),
      });
    });
  }

  #items() {
    const { world } = this.#pane.viewer;
    return Array.from({ length: world.getItemCount() }, (_, place) => world.getItemAt(place));
  }

  #remove(condition) {
    const { world } = this.#pane.viewer;
    for (const item of this.#items().filter(condition)) world.removeItem(item);
  }

  #say(name, exact) {
    this.#pane.element.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { exact } }));
  }
}
