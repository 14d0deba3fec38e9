// What OpenSeadragon is told of a pane: tiles of the server, or one picture on disk.

import { addresses } from "viewer/addresses";

const TILE = 512;

// The number of halvings until a picture fits into one tile, as the server counts them.
export function highestLevel(width, height) {
  let halvings = 0;
  for (; Math.max(width, height) > TILE; halvings += 1) {
    width = Math.ceil(width / 2);
    height = Math.ceil(height / 2);
  }
  return halvings;
}

// Tiles of one computation; `phase` is "now" for what is there at once, "whole" for the exact one.
export function serverTiles(scene, pane, text, phase) {
  const top = highestLevel(scene.width, scene.height);
  return {
    width: scene.width,
    height: scene.height,
    tileWidth: TILE,
    tileHeight: TILE,
    minLevel: 0,
    maxLevel: top,
    getTileUrl: (level, column, row) =>
      addresses.tile(scene, pane, top - level, column, row, text, phase),
  };
}

// The whole image in one tile, of which something is there at once.
export function topTile(scene, pane, text) {
  const top = highestLevel(scene.width, scene.height);
  const [width, height] = [scene.width, scene.height].map((size) => Math.ceil(size / 2 ** top));
  return {
    width, height, tileWidth: width, tileHeight: height, minLevel: 0, maxLevel: 0,
    getTileUrl: () => addresses.tile(scene, pane, top, 0, 0, text, "now"),
  };
}

export function diskPicture(scene, pane) {
  const subject = scene.subjects.find((one) => one.id === pane.subject);
  return { type: "image", url: subject.pictures[pane.view], buildPyramid: true };
}
