// One pane: a caption with a choice of what is shown, and a deep-zoom picture.

import { query } from "viewer/addresses";
import { choices } from "viewer/arrangement";
import { LivePicture } from "viewer/live";
import { diskPicture } from "viewer/tiles";

/* global OpenSeadragon */

const OPTIONS = {
  drawer: "canvas",
  showNavigationControl: false,
  crossOriginPolicy: false,
  animationTime: 0.12,
  springStiffness: 10,
  blendTime: 0,
  timeout: 600_000, // A large image on a busy machine takes its time.
  alwaysBlend: false,
  immediateRender: true,
  preserveViewport: true, // A first picture stands where the state says, not where it fits.
  minZoomImageRatio: 0.8,
  maxZoomPixelRatio: 64,
  minPixelRatio: 0.5,
  visibilityRatio: 0.3,
  zoomPerScroll: 1.25,
  gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
  gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true, pinchRotate: false },
  placeholderFillStyle: null,
};

export class Pane {
  #state;
  #manifest;
  #live = null;
  #settled = null;

  constructor(state, manifest, scene, what, place, root) {
    this.#state = state;
    this.#manifest = manifest;
    this.scene = scene;
    this.what = what;
    this.place = place;
    this.element = document.createElement("figure");
    this.element.className = "pane";
    this.element.innerHTML =
      '<figcaption><select></select><span class="status" role="status"></span></figcaption>' +
      '<div class="picture"></div>';
    this.select = this.element.querySelector("select");
    this.picture = this.element.querySelector(".picture");
    this.status = this.element.querySelector(".status");
    this.#fillSelect(place);
    // OpenSeadragon measures its element: it has to be in the page.
    root.append(this.element);
    this.viewer = new OpenSeadragon.Viewer({ ...OPTIONS, element: this.picture });
    this.viewer.innerTracker.keyDownHandler = null;
    this.viewer.innerTracker.keyHandler = null;
    this.viewer.addHandler("tile-load-failed", (event) => this.tell(event.message || "failed", true));
    this.viewer.addHandler("open-failed", () => this.tell("cannot be loaded", true));
    if (manifest.live) this.#live = new LivePicture(this);
    this.show();
  }

  #fillSelect(place) {
    this.select.setAttribute("aria-label", `Pane ${place + 1} shows`);
    const groups = new Map();
    for (const one of choices(this.scene, this.#manifest)) {
      if (!groups.has(one.subject)) {
        const group = document.createElement("optgroup");
        group.label = one.label;
        groups.set(one.subject, group);
        this.select.append(group);
      }
      const text = one.view === "stored" ? one.label : `${one.title} · ${one.label}`;
      groups.get(one.subject).append(new Option(text, `${one.subject}:${one.view}`));
    }
    this.select.value = `${this.what.subject}:${this.what.view}`;
  }

  get view() {
    return this.#manifest.views.find((view) => view.name === this.what.view);
  }

  get name() {
    return this.select.selectedOptions[0]?.textContent ?? "";
  }

  // Show the present settings: what is there at once, then the exact whole.
  async show() {
    const canvas = this.viewer.canvas;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "zoomable picture");
    canvas.setAttribute("aria-label", `${this.name} of ${this.scene.name}`);
    if (!this.#manifest.live) {
      this.#contrast();
      if (this.#settled !== this.what.view) await this.#lay(diskPicture(this.scene, this.what));
      this.#settled = this.what.view;
      return;
    }
    const sigmas = [this.#state.get("domain_sigma"), this.#state.get("range_sigma")];
    const { subject, view } = this.what;
    this.#live.show(query(this.#state, view), [this.scene.id, subject, view, ...sigmas].join(" "));
  }

  // Put a picture on disk over the one before, which goes when the new one is fully there.
  #lay(tileSource) {
    return new Promise((resolve, reject) => {
      this.viewer.addTiledImage({
        tileSource,
        success: ({ item }) => {
          const done = () => {
            const world = this.viewer.world;
            if (world.getIndexOfItem(item) < 0) return resolve();
            while (world.getItemAt(0) !== item) world.removeItem(world.getItemAt(0));
            this.sharpen();
            resolve();
          };
          if (item.getFullyLoaded()) done();
          else item.addOnceHandler("fully-loaded-change", done);
        },
        error: ({ message }) => reject(new Error(message || "cannot be loaded")),
      });
    });
  }

  // On disk, a gain beyond the stored one is a contrast around mid-grey.
  #contrast() {
    const { gain } = this.view;
    const stored = gain === "gain" ? this.#manifest.settings.gain : this.scene.difference_gain;
    const ratio = gain ? this.#state.get(gain) / stored : 1;
    this.picture.style.filter = ratio === 1 ? "" : `contrast(${ratio})`;
  }

  tell(text, bad = false) {
    this.status.textContent = text;
    this.element.classList.toggle("bad", bad);
    this.element.classList.toggle("busy", Boolean(text) && !bad);
  }

  // Pixels of the page for one pixel of the image.
  get zoom() {
    const { viewport } = this.viewer;
    return (viewport.getZoom() * viewport.getContainerSize().x) / this.scene.width;
  }

  // Nearest neighbours once a pixel of the image is larger than one of the screen.
  sharpen() {
    const zoom = this.zoom;
    this.viewer.drawer.setImageSmoothingEnabled(zoom < 1);
    this.picture.classList.toggle("enlarged", zoom >= 8);
  }

  destroy() {
    this.#live?.end();
    this.viewer.destroy();
    this.element.remove();
  }
}
