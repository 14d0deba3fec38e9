// All panes of the chosen scene: one zoom for all of them, swipe and blink.

import { Pane } from "viewer/panes";
import { columnsOf, panesOf, subjectsShown } from "viewer/arrangement";
import { panesFromText, panesToText } from "viewer/state";

/* global OpenSeadragon */

const BLINK = 600;

const isWhole = ({ viewer: { viewport } }) => viewport.getZoom() <= viewport.getHomeZoom() * 1.01;

export class Stage {
  #state;
  #manifest;
  #root;
  #panes = [];
  #scene = null;
  #linking = false;
  #timer = null;
  #accepts = () => true;

  constructor(state, manifest, root) {
    this.#state = state;
    this.#manifest = manifest;
    this.#root = root;
    state.on(["beta", "domain_sigma", "range_sigma", "gain", "difference_gain", "view_gain", "channel"],
      () => this.#panes.forEach((pane) => pane.show()));
    state.on(["mode", "swipe"], () => this.#applyMode());
    state.on(["arrangement"], () => this.rebuild());
    this.#handleSwipe();
  }

  get panes() {
    return this.#panes;
  }

  get scene() {
    return this.#scene;
  }

  // Show a scene; its panes are those of the state if they fit, else those of the arrangement.
  open(scene, accepts) {
    this.#scene = scene;
    this.#accepts = accepts;
    this.rebuild(panesFromText(this.#state.get("panes")));
  }

  rebuild(kept = []) {
    const scene = this.#scene;
    this.#panes.forEach((pane) => pane.destroy());
    this.#panes = [];
    this.#root.replaceChildren();
    if (!scene || scene.error || !scene.width) return this.#empty(scene);
    const subjects = subjectsShown(scene, this.#accepts);
    const arrangement = this.#state.get("arrangement");
    const standard = panesOf(arrangement, scene, this.#manifest, subjects);
    const fit = kept.length === standard.length && kept.every((pane) =>
      subjects.some((one) => one.id === pane.subject) &&
      (pane.view === "null" || this.#manifest.views.some((view) => view.name === pane.view)));
    const wanted = fit ? kept : standard;
    const columns = columnsOf(arrangement, wanted, subjects, scene, this.#root.getBoundingClientRect());
    // The grid stands before its panes: each has its size from the first.
    this.#root.style.setProperty("--columns", columns);
    this.#root.style.setProperty("--rows", Math.ceil(wanted.length / columns));
    this.#root.dataset.arrangement = arrangement;
    this.#applyMode(wanted.filter(({ view }) => view && view !== "null").length);
    wanted.forEach((what, place) => this.#add(what, place));
    this.#state.set({ panes: panesToText(wanted) });
  }

  #empty(scene) {
    const text = document.createElement("p");
    text.className = scene?.error ? "message bad" : "message";
    text.textContent = scene?.error ?? (scene ? "Reading the image" : "No image is chosen");
    this.#root.append(text);
  }

  #add(what, place) {
    if (!what.view || what.view === "null") {
      const gap = document.createElement("div");
      gap.className = "gap";
      this.#root.append(gap);
      return;
    }
    const pane = new Pane(this.#state, this.#manifest, this.#scene, what, place, this.#root);
    this.#panes.push(pane);
    pane.select.addEventListener("change", () => this.#change(pane));
    const { viewer } = pane;
    for (const event of ["zoom", "pan"]) viewer.addHandler(event, (e) => this.#link(pane, e.immediately));
    viewer.addHandler("animation", () => pane.sharpen());
    viewer.addHandler("canvas-scroll", (event) => this.#wheel(event));
    for (const event of ["canvas-drag", "canvas-drag-end"])
      viewer.addHandler(event, (e) => this.#drag(pane, e));
    viewer.world.addHandler("add-item", () => this.#restore(pane));
    viewer.addHandler("resize", () => this.#resized(pane));
    viewer.addHandler("animation-finish", () => this.#remember(pane));
    for (const event of ["pointermove", "pointerdown"])
      pane.picture.addEventListener(event, (e) => this.#point(pane, e));
  }

  #change(pane) {
    const cut = pane.select.value.lastIndexOf(":");
    pane.what.subject = pane.select.value.slice(0, cut);
    pane.what.view = pane.select.value.slice(cut + 1);
    this.rebuild(panesFromText(this.#state.get("panes")).map((old, place) =>
      place === [...this.#root.children].indexOf(pane.element) ? pane.what : old));
    this.#root.dispatchEvent(new CustomEvent("changed", { bubbles: true }));
  }

  // What one pane shows, the others show.
  #link(leader, immediately) {
    if (this.#linking || leader.resizing || !leader.viewer.world.getItemCount()) return;
    this.#linking = true;
    const zoom = leader.viewer.viewport.getZoom();
    const centre = leader.viewer.viewport.getCenter();
    for (const pane of this.#panes) {
      if (pane !== leader && pane.viewer.world.getItemCount()) {
        pane.viewer.viewport.zoomTo(zoom, null, immediately);
        pane.viewer.viewport.panTo(centre, immediately);
      }
      this.#letScroll(pane);
    }
    this.#linking = false;
  }

  // A finger scrolls while the whole picture is seen, sideways too where there is more, and moves
  // the picture otherwise.
  #letScroll(pane) {
    const { canvas, container, drawer } = pane.viewer;
    const whole = isWhole(pane);
    const sideways = this.#root.scrollWidth > this.#root.clientWidth + 1;
    const scrolls = sideways ? "pan-x pan-y" : "pan-y";
    for (const element of [container, canvas, drawer.canvas])
      element.style.touchAction = whole ? scrolls : "none";
  }

  // A finger that scrolls leaves the picture where it is.
  #drag(pane, event) {
    if (event.pointerType === "touch" && isWhole(pane)) event.preventDefaultAction = true;
  }

  // The wheel zooms where there is nothing to scroll, and everywhere with Ctrl.
  #wheel(event) {
    const { originalEvent } = event;
    const page = document.scrollingElement;
    const scrolls = page.scrollHeight > page.clientHeight + 1;
    if (scrolls && !originalEvent.ctrlKey && !originalEvent.metaKey) {
      event.preventDefaultAction = true;
      event.preventDefault = false;
    }
  }

  #remember(pane) {
    const { viewport } = pane.viewer;
    const centre = viewport.getCenter();
    const at = [centre.x, centre.y, viewport.getZoom()].map((v) => v.toFixed(7)).join(",");
    const whole = Math.abs(viewport.getZoom() / viewport.getHomeZoom() - 1) < 0.01;
    this.#state.set({ at: whole ? "" : at });
  }

  // A picture that arrives later stands where the others stand.
  #restore(pane) {
    if (pane.viewer.world.getItemCount() === 1) this.#stand(pane);
  }

  // OpenSeadragon moves a picture by itself after this event: that is nothing to be followed.
  #resized(pane) {
    pane.resizing = true;
    queueMicrotask(() => {
      pane.resizing = false;
      this.#stand(pane);
    });
  }

  // A pane stands where the state says, whatever its size.
  #stand(pane) {
    const { viewport, world } = pane.viewer;
    if (!this.#panes.includes(pane) || !world.getItemCount()) return;
    const [x, y, zoom] = (this.#state.get("at") ?? "").split(",").map(Number);
    this.#linking = true;
    if (zoom > 0) {
      viewport.zoomTo(zoom, null, true);
      viewport.panTo(new OpenSeadragon.Point(x, y), true);
    } else {
      viewport.goHome(true);
    }
    this.#linking = false;
    this.#letScroll(pane);
    pane.sharpen();
  }

  #point(pane, event) {
    const { viewport, world } = pane.viewer;
    if (!world.getItemCount()) return;
    const box = pane.picture.getBoundingClientRect();
    const at = new OpenSeadragon.Point(event.clientX - box.left, event.clientY - box.top);
    // The image is one unit wide.
    const { x, y } = viewport.pointFromPixel(at).times(this.#scene.width);
    this.pointAt(Math.floor(x), Math.floor(y));
  }

  pointAtMiddle() {
    const [pane] = this.#panes;
    if (!pane?.viewer.world.getItemCount()) return;
    const { x, y } = pane.viewer.viewport.getCenter().times(this.#scene.width);
    this.pointAt(Math.floor(x), Math.floor(y));
  }

  pointAt(x, y) {
    const { width, height } = this.#scene;
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    this.#root.dispatchEvent(new CustomEvent("pointed", { bubbles: true, detail: { x, y } }));
  }

  zoomBy(factor) {
    this.#lead((viewport) => viewport.zoomBy(factor).applyConstraints());
  }

  panBy(x, y) {
    this.#lead((viewport) => viewport.panBy(
      new OpenSeadragon.Point(x / viewport.getZoom(), y / viewport.getZoom())).applyConstraints());
  }

  fit() {
    this.#state.set({ at: "" });
    this.#lead((viewport) => viewport.goHome());
  }

  // One pixel of the image is `size` pixels of the screen.
  pixels(size) {
    this.#lead((viewport) => viewport.zoomTo(
      (size * this.#scene.width) / viewport.getContainerSize().x).applyConstraints());
  }

  #lead(move) {
    const [pane] = this.#panes;
    if (pane?.viewer.world.getItemCount()) move(pane.viewer.viewport);
  }

  #applyMode(count = this.#panes.length) {
    const mode = count > 1 ? this.#state.get("mode") : "side";
    this.#root.dataset.mode = mode;
    this.#root.style.setProperty("--swipe", `${this.#state.get("swipe")}%`);
    clearInterval(this.#timer);
    this.#root.classList.remove("flipped");
    if (mode === "blink" && !matchMedia("(prefers-reduced-motion: reduce)").matches)
      this.#timer = setInterval(() => this.flip(), BLINK);
  }

  // The other picture of a blink comparison.
  flip() {
    this.#root.classList.toggle("flipped");
  }

  #handleSwipe() {
    const handle = document.getElementById("swipe-handle");
    const move = (event) => {
      const box = this.#root.getBoundingClientRect();
      const share = (100 * (event.clientX - box.left)) / box.width;
      this.#state.set({ swipe: Math.min(100, Math.max(0, Math.round(share * 10) / 10)) });
    };
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      handle.addEventListener("pointermove", move);
    });
    handle.addEventListener("pointerup", () => handle.removeEventListener("pointermove", move));
  }
}
