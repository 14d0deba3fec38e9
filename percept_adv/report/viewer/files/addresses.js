// Where pictures and readings are: at the server that recomputes, or on disk.

const OF_VIEW = {
  stored: [],
  magnified: ["beta", "domain_sigma", "range_sigma", "gain"],
  difference: ["difference_gain"],
};
const SETTINGS = ["beta", "domain_sigma", "range_sigma", "gain", "difference_gain", "view_gain"];

// The part of an address that tells one computation of a view from another.
export function query(state, view) {
  const names = OF_VIEW[view] ?? ["view_gain"];
  const parts = names.map((name) => [name, state.get(name)]);
  if (state.get("channel") !== "all") parts.push(["channel", state.get("channel")]);
  return new URLSearchParams(parts).toString();
}

function everything(state) {
  const parts = [...SETTINGS, "channel"].map((name) => [name, state.get(name)]);
  return new URLSearchParams(parts).toString();
}

// Tells the server which requests come from one page: a newer one makes an older one needless.
const PAGE = Math.random().toString(36).slice(2, 10);

// Requests may arrive in another order than they were sent.
let turns = 0;
export const nextTurn = () => (turns += 1);

const path = (...parts) => parts.map(encodeURIComponent).join("/");

export const addresses = {
  tile: (scene, pane, level, column, row, text, phase) =>
    `tiles/${path(scene.id, pane.subject, pane.view, level)}/${column}-${row}.bmp?${text}&phase=${phase}`,
  region: (scene, pane, region, text, turn, place) => {
    const bounds = [region.left, region.upper, region.right, region.lower].join("-");
    const asker = `page=${PAGE}&turn=${turn}${place === undefined ? "" : `&pane=${place}`}`;
    return `regions/${path(scene.id, pane.subject, pane.view, region.level)}/${bounds}.bmp?${text}&${asker}`;
  },
  ready: (scene, pane, text, turn) =>
    `ready/${path(scene.id, pane.subject, pane.view)}?${text}&page=${PAGE}&turn=${turn}`,
  histogram: (scene, pane, text) => `histogram/${path(scene.id, pane.subject, pane.view)}?${text}`,
  values: (scene, x, y, state) => `values/${path(scene.id)}/${x}-${y}?${everything(state)}`,
  download: (scene, subject, name, state) =>
    `downloads/${path(scene.id, subject, name)}?${everything(state)}`,
};

// Fetch anything; an error carries what the server said.
export async function fetchAny(address, options) {
  const response = await fetch(address, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    document.dispatchEvent(new Event("gone"));
    throw new Error("the server does not answer");
  });
  if (!response.ok) throw new Error((await response.text()) || response.statusText);
  return response;
}

export const fetchJson = async (address, options) => (await fetchAny(address, options)).json();
