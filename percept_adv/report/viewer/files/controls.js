// Sliders, channel and modes: what the state says, and what hands change.

import { ARRANGEMENTS } from "viewer/arrangement";

// Gains and sigmas are felt as ratios: their sliders are logarithmic.
const SLIDERS = {
  gain: { log: true },
  difference_gain: { log: true },
  view_gain: { log: true },
  beta: { log: false },
  domain_sigma: { log: true },
  range_sigma: { log: true },
};

const rounded = (value) => Number(value.toPrecision(3));

export function bindControls(state, manifest, stage) {
  for (const [name, { log }] of Object.entries(SLIDERS)) bindSlider(state, name, log);
  for (const radio of document.querySelectorAll('input[name="mode"]')) {
    radio.checked = radio.value === state.get("mode");
    radio.addEventListener("change", () => state.set({ mode: radio.value }));
  }
  state.on(["mode"], () => {
    for (const radio of document.querySelectorAll('input[name="mode"]'))
      radio.checked = radio.value === state.get("mode");
  });
  bindSelect(state, "arrangement", arrangementsOf(manifest));
  bindSelect(state, "channel");
  const swipe = document.getElementById("swipe");
  swipe.addEventListener("input", () => state.set({ swipe: Number(swipe.value) }));
  const follow = () => (swipe.value = state.get("swipe"));
  state.on(["swipe"], follow);
  follow();
  const actions = {
    "zoom-in": () => stage.zoomBy(1.6),
    "zoom-out": () => stage.zoomBy(1 / 1.6),
    "zoom-fit": () => stage.fit(),
    "zoom-pixels": () => stage.pixels(1),
  };
  for (const [id, act] of Object.entries(actions)) document.getElementById(id).addEventListener("click", act);
  for (const element of document.querySelectorAll("[data-live]")) element.hidden = !manifest.live;
  for (const element of document.querySelectorAll("[data-disk]")) element.hidden = manifest.live;
}

function arrangementsOf(manifest) {
  const attacked = manifest.arrangement === "attacks" || manifest.scenes.some((scene) => scene.subjects.length > 2);
  return Object.entries(ARRANGEMENTS).filter(([name]) => name !== "attacks" || attacked);
}

function bindSelect(state, name, options = []) {
  const select = document.getElementById(name);
  for (const [value, text] of options) select.append(new Option(text, value));
  select.value = state.get(name);
  select.addEventListener("change", () => state.set({ [name]: select.value }));
  state.on([name], () => (select.value = state.get(name)));
}

function bindSlider(state, name, log) {
  const slider = document.getElementById(name);
  const output = document.querySelector(`output[for="${name}"]`);
  const [low, high] = [Number(slider.dataset.low), Number(slider.dataset.high)];
  const toPlace = (value) =>
    log ? (1000 * Math.log(value / low)) / Math.log(high / low) : (1000 * (value - low)) / (high - low);
  const toValue = (place) =>
    rounded(log ? low * (high / low) ** (place / 1000) : low + ((high - low) * place) / 1000);
  slider.min = 0;
  slider.max = 1000;
  slider.step = 5;
  const show = () => {
    const value = state.get(name);
    slider.value = toPlace(value);
    output.textContent = value;
    slider.setAttribute("aria-valuetext", String(value));
  };
  slider.addEventListener("input", () => state.set({ [name]: toValue(Number(slider.value)) }));
  slider.addEventListener("dblclick", () => state.set({ [name]: state.get("defaults")[name] }));
  state.on([name], show);
  show();
}

// Gain by the keyboard, within what the slider reaches.
export function stepGain(state, factor) {
  const { low, high } = document.getElementById("gain").dataset;
  const gain = rounded(state.get("gain") * factor);
  state.set({ gain: Math.min(Number(high), Math.max(Number(low), gain)) });
}

// Back to where all sliders stood first.
export const resetSliders = (state) =>
  state.set(Object.fromEntries(Object.keys(SLIDERS).map((name) => [name, state.get("defaults")[name]])));
