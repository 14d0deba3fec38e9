// The keyboard: every key that the help dialog names.

import { resetSliders, stepGain } from "viewer/controls";

const TYPING = new Set(["INPUT", "SELECT", "TEXTAREA"]);

export function bindKeys(state, stage, list) {
  const help = document.getElementById("help");
  const pan = 0.12;
  const commands = {
    j: () => list.step(1),
    k: () => list.step(-1),
    "/": () => list.focusFilter(),
    "+": () => stage.zoomBy(1.6),
    "=": () => stage.zoomBy(1.6),
    "-": () => stage.zoomBy(1 / 1.6),
    0: () => stage.fit(),
    1: () => stage.pixels(1),
    8: () => stage.pixels(8),
    ArrowLeft: () => stage.panBy(-pan, 0),
    ArrowRight: () => stage.panBy(pan, 0),
    ArrowUp: () => stage.panBy(0, -pan),
    ArrowDown: () => stage.panBy(0, pan),
    s: () => state.set({ mode: "side" }),
    w: () => state.set({ mode: "swipe" }),
    b: () => state.set({ mode: "blink" }),
    x: () => stage.flip(),
    v: () => stage.pointAtMiddle(),
    "[": () => stepGain(state, 1 / 1.25),
    "]": () => stepGain(state, 1.25),
    r: () => resetSliders(state),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const typing = TYPING.has(target.tagName) && !["radio", "range"].includes(target.type);
    // Arrow keys belong to the element that has the focus, be it a slider, a radio or the list.
    const own = key.startsWith("Arrow") && (TYPING.has(target.tagName) || target.id === "list");
    if (typing || own || !(key in commands)) return;
    event.preventDefault();
    commands[key]();
  });
  document.getElementById("help-open").addEventListener("click", () => help.showModal());
}
