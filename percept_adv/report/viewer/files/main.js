// Puts the parts together: state, list, stage, controls, readings.

import { fetchJson } from "viewer/addresses";
import { bindControls } from "viewer/controls";
import { tellFacts } from "viewer/facts";
import { bindKeys } from "viewer/keys";
import { List } from "viewer/list";
import { Readings } from "viewer/readings";
import { Stage } from "viewer/stage";
import { State, valuesOf } from "viewer/state";

const POLL = 700;

async function loadManifest() {
  const inside = document.getElementById("manifest");
  return inside ? JSON.parse(inside.textContent) : fetchJson("manifest.json");
}

function firstState(manifest) {
  const defaults = { difference_gain: 10, view_gain: 1, ...manifest.settings };
  const several = manifest.arrangement === "attacks";
  return new State({
    mode: "side", swipe: 50, channel: "all", sort: manifest.sort, filter: "", at: "",
    arrangement: several ? "attacks" : manifest.scenes[0]?.subjects.length > 1 ? "four" : "pair",
    scene: manifest.scenes[0]?.id,
    ...defaults, defaults,
    ...valuesOf(location.hash),
  });
}

// The list learns thumbnails and statistics as the server computes them.
async function follow(manifest, list, learnt) {
  let revision = 0;
  for (;;) {
    let news;
    try {
      news = await fetchJson(`changes.json?since=${revision}`);
    } catch {
      document.getElementById("gone").hidden = false;
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

async function start() {
  const manifest = await loadManifest();
  const state = firstState(manifest);
  const stage = new Stage(state, manifest, document.getElementById("panes"));
  const list = new List(state, manifest);
  bindControls(state, manifest, stage);
  new Readings(state, manifest, stage);
  bindKeys(state, stage, list);
  document.getElementById("note").textContent = manifest.note;
  const scene = () => manifest.scenes.find((one) => one.id === state.get("scene"));
  const tell = () => tellFacts(state, manifest, stage);
  const open = () => {
    // Each scene has its own gain of differences; one from a link stays.
    const { difference_gain: gain } = scene() ?? {};
    if (gain > 1 && !valuesOf(location.hash).difference_gain) state.set({ difference_gain: gain });
    stage.open(scene(), list.accepts);
    tell();
  };
  state.on(["scene"], () => {
    state.set({ at: "" });
    open();
  });
  document.addEventListener("changed", tell);
  document.addEventListener("filtered", open);
  state.addEventListener("change", (event) => {
    history.replaceState(null, "", state.hash());
    if (!event.detail.has("at")) tell();
  });
  open();
  if (manifest.live)
    follow(manifest, list, (known, first) => {
      if (known.id !== state.get("scene")) return;
      if (first) open();
      else tell();
    });
  document.body.dataset.ready = "yes";
}

start().catch((error) => {
  const note = document.getElementById("gone");
  note.hidden = false;
  note.textContent = `The page could not start: ${error.message}`;
});
