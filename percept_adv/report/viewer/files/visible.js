// What of a picture is visible: which region of which level, and its picture from the server.

import { fetchAny } from "viewer/addresses";
import { highestLevel } from "viewer/tiles";

// Of the filter's two passes: about a tenth of a second on two processors.
const MOST_WEIGHTS = 2e8;

// Pixels of the screen for one pixel of the image.
export const enlargement = (viewer, scene) =>
  (viewer.viewport.getZoom() * viewer.viewport.getContainerSize().x * devicePixelRatio) / scene.width;

// The visible region, in pixels of the level that is seen or, with `reduction`, of a smaller one.
export function visibleRegion(viewer, scene, reduction = 0) {
  const top = highestLevel(scene.width, scene.height);
  const halvings = Math.floor(Math.log2(1 / enlargement(viewer, scene)) + 1e-6);
  const level = Math.min(top, Math.max(0, halvings) + reduction);
  const scale = scene.width / 2 ** level;
  const bounds = viewer.viewport.getBounds();
  const within = (value, size) => Math.min(Math.max(value, 0), Math.ceil(size / 2 ** level));
  const left = within(Math.floor(bounds.x * scale), scene.width);
  const upper = within(Math.floor(bounds.y * scale), scene.height);
  const right = within(Math.ceil((bounds.x + bounds.width) * scale), scene.width);
  const lower = within(Math.ceil((bounds.y + bounds.height) * scale), scene.height);
  return right > left && lower > upper ? { level, left, upper, right, lower } : null;
}

// How many more halvings, of `least` at the least, make a preview that is soon there.
export function previewReduction(viewer, scene, sigma, least) {
  for (let reduction = least; ; reduction += 1) {
    const region = visibleRegion(viewer, scene, reduction);
    if (!region || region.level < reduction) return reduction;
    const window = 2 * Math.ceil((2.33 * sigma) / 2 ** region.level) + 1;
    const weights = 2 * (region.right - region.left) * (region.lower - region.upper) * window ** 2;
    if (weights <= MOST_WEIGHTS) return reduction;
  }
}

// Where a region lies in the viewer, for which the image is one unit wide.
export function placeOf(region, scene) {
  const unit = 2 ** region.level / scene.width;
  const right = Math.min(region.right * unit, 1);
  return { x: region.left * unit, y: region.upper * unit, width: right - region.left * unit };
}

// What OpenSeadragon is told of a picture that is already here.
export function pictureHere(url, region) {
  const [width, height] = [region.right - region.left, region.lower - region.upper];
  return {
    width, height, tileWidth: width, tileHeight: height, minLevel: 0, maxLevel: 0,
    getTileUrl: () => url,
  };
}

// Fetch a picture; null if the server was asked for something newer meanwhile.
export async function fetchPicture(address, options) {
  const response = await fetchAny(address, options);
  if (!response.headers.get("content-type").startsWith("image/")) return null;
  return URL.createObjectURL(await response.blob());
}
