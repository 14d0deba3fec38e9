// Puts the parts together: state, list, stage, controls, readings.

import { fetchJson } from "viewer/addresses";
import { ARRANGEMENTS } from "viewer/arrangement";
import { bindControls } from "viewer/controls";
import { tellFacts } from "viewer/facts";
import { bindKeys } from "viewer/keys";
import { List } from "viewer/list";
import { Readings } from "viewer/readings";
import { Stage } from "viewer/stage";
import { NOTHING, State, valuesOf } from "viewer/state";

const POLL = 700;
// Browsers refuse an address that is changed some hundred times in half a minute.
const BETWEEN_ADDRESSES = 300;

async function loadManifest() {
  const inside = document.getElementById("manifest");
  return inside ? JSON.parse(inside.textContent) : fetchJson("manifest.json");
}

function firstValues(manifest) {
  const defaults = { difference_gain: 10, view_gain: 1, ...manifest.settings };
  const several = manifest.arrangement === "attacks";
  return {
    ...NOTHING,
    mode: "side", swipe: 50, channel: "all", sort: manifest.sort, filter: "", at: "",
    arrangement: several ? "attacks" : manifest.scenes[0]?.subjects.length > 1 ? "four" : "pair",
    ...defaults, defaults,
  };
}

// What the address asks for; choices that this page does not offer are left out.
function asked(manifest) {
  const { quantiles, statistics, scenes } = manifest;
  const offered = {
    mode: ["side", "swipe", "blink"],
    channel: ["all", "red", "green", "blue", "luma"],
    arrangement: Object.keys(ARRANGEMENTS),
    sort: ["name", ...[...quantiles.figures, ...statistics].map(({ key }) => key)],
    scene: scenes.map(({ id }) => id),
  };
  const values = Object.entries(valuesOf(location.hash));
  return Object.fromEntries(values.filter(([name, value]) => offered[name]?.includes(value) ?? true));
}

// The list learns thumbnails and statistics as the server computes them.
async function follow(manifest, list, learnt) {
  let revision = 0;
  for (;;) {
    let news;
    try {
      news = await fetchJson(`changes.json?since=${revision}`);
    } catch {
      document.dispatchEvent(new Event("gone"));
      return;
    }
    revision = news.revision;
    for (const scene of news.scenes) {
      const known = manifest.scenes.find((one) => one.id === scene.id);
      const first = !known.width && !known.error;
      Object.assign(known, scene);
      learnt(known, first);
    }
    if (news.scenes.length) list.update();
    if (news.finished && !news.scenes.length) return;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

// The address follows the state; another image is another entry of the browser's history.
function keepAddress(state) {
  let [written, waiting] = [0, null];
  const write = () => {
    written = Date.now();
    history.replaceState(null, "", state.hash());
  };
  return (changed) => {
    clearTimeout(waiting);
    if (changed.has("scene")) history.pushState(null, "", state.hash());
    else waiting = setTimeout(write, Math.max(0, written + BETWEEN_ADDRESSES - Date.now()));
  };
}

// A scene's own gain of differences, unless another one was chosen.
function proposeGain(state, gain, keep) {
  const defaults = state.get("defaults");
  const chosen = state.get("difference_gain") !== defaults.difference_gain;
  defaults.difference_gain = gain;
  if (!chosen && !keep) state.set({ difference_gain: gain });
}

async function start() {
  const manifest = await loadManifest();
  const first = firstValues(manifest);
  const state = new State({ ...first, ...asked(manifest) });
  const stage = new Stage(state, manifest, document.getElementById("panes"));
  const list = new List(state, manifest);
  first.scene = list.first;
  if (!state.get("scene")) state.set({ scene: first.scene });
  bindControls(state, manifest, stage);
  new Readings(state, manifest, stage);
  bindKeys(state, stage, list);
  document.getElementById("note").textContent = manifest.note;
  const scene = () => manifest.scenes.find((one) => one.id === state.get("scene"));
  const tell = () => tellFacts(state, manifest, stage);
  let fromAddress = Boolean(asked(manifest).difference_gain);
  const open = () => {
    const { difference_gain: gain, width, subjects } = scene() ?? {};
    if (width && subjects.some((one) => one.reference)) {
      proposeGain(state, gain, fromAddress);
      fromAddress = false;
    }
    stage.open(scene(), list.accepts);
    tell();
  };
  const address = keepAddress(state);
  let restoring = false;
  state.on(["scene"], () => {
    if (restoring) return;
    state.set({ at: "" });
    open();
  });
  document.addEventListener("changed", tell);
  state.on(["attack", "success", "most"], () => restoring || open());
  state.addEventListener("change", ({ detail }) => {
    if (!restoring) address(detail);
    if (!detail.has("at")) tell();
  });
  // Back, forward, or another address in the same tab.
  addEventListener("popstate", () => {
    const wanted = { ...first, ...asked(manifest) };
    restoring = true;
    state.set(wanted);
    state.set({ panes: wanted.panes, at: wanted.at });
    restoring = false;
    fromAddress = true;
    open();
  });
  open();
  if (manifest.live)
    follow(manifest, list, (known, isNew) => {
      if (known.id !== state.get("scene")) return;
      if (isNew) open();
      else tell();
    });
  document.body.dataset.ready = "yes";
}

document.addEventListener("gone", () => (document.getElementById("gone").hidden = false));
start().catch((error) => {
  const note = document.getElementById("gone");
  note.hidden = false;
  note.textContent = `The page could not start: ${error.message}`;
});
