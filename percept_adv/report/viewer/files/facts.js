// What is known of the chosen scene: statistics, warnings, attacks, downloads, and what views show.

import { addresses } from "viewer/addresses";

const element = (tag, properties) => Object.assign(document.createElement(tag), properties);
const plain = (value) => {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return value ?? "";
  return Number.isInteger(value) ? value : Math.abs(value) >= 1 ? value.toFixed(2) : value.toFixed(4);
};

export function tellFacts(state, manifest, stage) {
  const { scene } = stage;
  document.getElementById("scene-name").textContent = scene?.name ?? "";
  if (!scene) return;
  const size = scene.width ? `${scene.width} × ${scene.height} pixels, ${scene.bit_depth ?? 8} bits` : "";
  document.getElementById("scene-size").textContent = size;
  tellStatistics(manifest, scene);
  tellWarnings(scene);
  tellAttacks(manifest, scene);
  tellViews(manifest, stage);
  tellDownloads(state, manifest, scene);
}

function tellStatistics(manifest, scene) {
  const { quantiles, statistics } = manifest;
  tellFigures("quantiles", quantiles.figures, scene);
  tellFigures("statistics", statistics, scene);
  const few = document.getElementById("few");
  few.hidden = !quantiles.few;
  few.textContent = quantiles.few ?? "";
  document.getElementById("quantiles-note").textContent = quantiles.note;
  define("statistics-terms", statistics.map(({ title, means }) => [title, means]));
}

// A table of those figures of a scene that are known; they are those of its first picture.
function tellFigures(id, figures, scene) {
  const rows = figures.filter(({ key }) => scene.statistics[key] !== undefined)
    .map(({ key, title }) => {
      const row = element("tr", {});
      row.append(element("th", { scope: "row", textContent: title }),
        element("td", { textContent: plain(scene.statistics[key]) }));
      return row;
    });
  document.getElementById(id).replaceChildren(...rows);
  const section = document.getElementById(`${id}-section`);
  section.hidden = rows.length === 0;
  const { label } = scene.subjects[0];
  section.querySelector(".of").textContent = label === "image" ? "" : `: ${label}`;
}

const define = (id, terms) =>
  document.getElementById(id).replaceChildren(...terms.flatMap(([term, means]) =>
    [element("dt", { textContent: term }), element("dd", { textContent: means })]));

function tellWarnings(scene) {
  const notes = scene.warnings.map((text) => element("li", { textContent: text }));
  document.getElementById("warnings").replaceChildren(...notes);
}

function tellAttacks(manifest, scene) {
  const attacked = scene.subjects.filter((one) => one.facts.attack !== undefined);
  const table = document.getElementById("attacks");
  table.closest("section").hidden = attacked.length === 0;
  table.replaceChildren();
  if (!attacked.length) return;
  const names = [...new Set(attacked.flatMap((one) => Object.keys(one.facts)))].filter((name) => name !== "attack");
  const head = element("tr", {});
  head.append(element("td", {}), ...attacked.map((one) =>
    element("th", { scope: "col", textContent: one.label, className: one.facts.success ? "" : "bad" })));
  const rows = names.map((name) => {
    const row = element("tr", {});
    row.append(element("th", { scope: "row", textContent: name }),
      ...attacked.map((one) => element("td", { textContent: plain(one.facts[name]) })));
    return row;
  });
  define("attacks-terms", names.filter((name) => manifest.facts[name]).map((name) => [name, manifest.facts[name]]));
  table.append(element("thead", {}), element("tbody", {}));
  table.tHead.append(head);
  table.tBodies[0].append(...rows);
}

function tellViews(manifest, stage) {
  const shown = new Set(stage.panes.map((pane) => pane.what.view));
  const lines = manifest.views.filter((view) => shown.has(view.name)).flatMap((view) => [
    element("dt", { textContent: view.title }),
    element("dd", { textContent: view.shows }),
  ]);
  document.getElementById("views-shown").replaceChildren(...lines);
  const gains = new Set(manifest.views.filter((view) => shown.has(view.name)).map((view) => view.gain));
  for (const row of document.querySelectorAll("[data-gain]"))
    row.hidden = !gains.has(row.dataset.gain) || (!manifest.live && row.dataset.gain === "view_gain");
}

function tellDownloads(state, manifest, scene) {
  const list = document.getElementById("downloads");
  if (!manifest.live || scene.error) return list.replaceChildren();
  const { id } = scene.subjects.find((one) => !one.reference) ?? scene.subjects[0];
  const files = { "magnified.png": "Magnified PNG", "magnified.npy": "Float values (.npy)", "parameters.json": "Parameters (.json)" };
  list.replaceChildren(...Object.entries(files).map(([name, text]) => {
    const line = element("li", {});
    line.append(element("a", { href: addresses.download(scene, id, name, state), textContent: text, download: "" }));
    return line;
  }));
}
