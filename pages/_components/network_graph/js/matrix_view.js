// Matrix view: per pair of layers one image with one pixel per shipped connection.

const MATRIX_GAP = 18;
const MATRIX_ROW = 150;

function makeMatrix(graph, palette) {
  const panels = pairPanels(graph);
  const cell = new Uint32Array(graph.edges); // pixel of each edge in its panel
  const panelOf = new Uint16Array(graph.edges);
  const colour = new Uint32Array(graph.edges);
  for (let e = 0; e < graph.edges; e++) {
    const { index, from, to } = panels.get(pairKey(graph, e));
    panelOf[e] = index;
    cell[e] = (graph.target[e] - to.first) * from.drawn + graph.source[e] - from.first;
    colour[e] = pixelColour(palette, graph.weight[e], graph.strength[e] / graph.strongest);
  }
  return { panels: [...panels.values()], cell, panelOf, colour, gone: goneColour(palette) };
}

const pairKey = ({ layerOf, source, target }, edge) =>
  layerOf[source[edge]] * 65536 + layerOf[target[edge]];

function pairPanels(graph) {
  const keys = new Set();
  for (let e = 0; e < graph.edges; e++) keys.add(pairKey(graph, e));
  const sorted = [...keys].sort((a, b) => a - b);
  return new Map(sorted.map((key, index) => [key, newPanel(graph, key, index)]));
}

function newPanel({ layers }, key, index) {
  const from = layers[key >> 16];
  const to = layers[key & 65535];
  const bitmap = document.createElement("canvas");
  bitmap.width = from.drawn;
  bitmap.height = to.drawn;
  const ctx = bitmap.getContext("2d");
  const image = ctx.createImageData(from.drawn, to.drawn);
  return { index, from, to, bitmap, ctx, image, pixels: new Uint32Array(image.data.buffer) };
}

// Canvas pixels are bytes r, g, b, a; on the little-endian machines of the web that is 0xAABBGGRR.
const packColour = ([r, g, b], alpha) =>
  ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;

const pixelColour = (palette, weight, strength) =>
  packColour(weight < 0 ? palette.negative : palette.positive, 0.4 + 0.6 * strength ** 0.8);

const goneColour = (palette) => packColour(palette.removed, 0.16);

function paintPixels(view) {
  const { graph, matrix, rank } = view;
  const { panels, cell, panelOf, colour, gone } = matrix;
  const alive = aliveCount(graph.dies_at, rank);
  const pixels = panels.map((panel) => panel.pixels);
  for (let e = 0; e < graph.edges; e++) pixels[panelOf[e]][cell[e]] = e < alive ? colour[e] : gone;
  if (graph.thins_at.length) thinPixels(view, pixels, alive);
  panels.forEach((panel) => panel.ctx.putImageData(panel.image, 0, 0));
}

function thinPixels({ graph, matrix, rank }, pixels, alive) {
  const { cell, panelOf, colour } = matrix;
  for (let e = 0; e < alive; e++) {
    const quarters = quartersLeft(graph, e, rank);
    if (quarters === 4) continue;
    const alpha = ((colour[e] >>> 24) * (quarters + 1)) / 5;
    pixels[panelOf[e]][cell[e]] = ((alpha << 24) | (colour[e] & 0xffffff)) >>> 0;
  }
}

function drawMatrix(view, ctx) {
  clearCanvas(ctx);
  paintPixels(view);
  ctx.imageSmoothingEnabled = false;
  for (const panel of view.matrix.panels) drawPanel(view, ctx, panel);
}

function drawPanel(view, ctx, { bitmap, box }) {
  applyZoom(ctx, view);
  ctx.drawImage(bitmap, box.x, box.y, box.width, box.height);
}

// ---- where the panels stand

function matrixGrid(panels, width) {
  const across = Math.max(1, Math.min(panels.length, Math.floor(width / 160)));
  return { across, down: Math.ceil(panels.length / across) };
}

// As tall as its images need: never more than usual for one row, never too flat to read.
function matrixHeight(panels, width, usual) {
  const { across, down } = matrixGrid(panels, width);
  const room = Math.max(MATRIX_ROW, usual / down);
  const slot = { width: width / across, height: room };
  const tallest = Math.max(0, ...panels.map((panel) => fitBox(panel, 0, 0, slot).height));
  return Math.ceil(down * Math.min(room, tallest + heading() + FOOT));
}

function placePanels(panels, { width, height }) {
  const { across, down } = matrixGrid(panels, width);
  const slot = { width: width / across, height: height / down };
  panels.forEach((panel, i) => {
    const left = (i % across) * slot.width;
    const top = Math.floor(i / across) * slot.height;
    panel.slot = { left, top, ...slot };
    panel.box = fitBox(panel, left, top, slot);
  });
}

function fitBox({ bitmap }, left, top, slot) {
  const room = { width: slot.width - MATRIX_GAP, height: slot.height - heading() - FOOT };
  const fit = Math.min(room.width / bitmap.width, room.height / bitmap.height, 24);
  const scale = fit > 1 ? Math.floor(fit * 2) / 2 : fit;
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  return {
    x: left + (slot.width - width) / 2,
    y: top + heading(),
    width,
    height,
  };
}

function drawMatrixFrame(view, ctx) {
  clearCanvas(ctx);
  for (const panel of view.matrix.panels) {
    framePanel(view, ctx, panel);
    titlePanel(view, ctx, panel);
  }
  if (view.highlight !== null) frameCell(view, ctx, view.highlight);
  for (const unit of new Set([view.selected, view.focused ? view.current : null]))
    if (unit !== null) frameUnit(view, ctx, unit);
}

function framePanel(view, ctx, { box }) {
  applyZoom(ctx, view);
  ctx.strokeStyle = css(mix(view.palette.background, view.palette.text, 0.35));
  ctx.lineWidth = 1 / view.zoom.k;
  ctx.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
}

function titlePanel(view, ctx, { from, to, slot, box }) {
  const [x, y] = toScreen(view, slot.left + slot.width / 2, box.y - heading());
  startText(view, ctx, "center", "top", "600");
  ctx.fillStyle = css(view.palette.text);
  const room = slot.width * view.zoom.k - 8;
  const title = (name) => edgeTitle(view.messages, name(from.title), name(to.title));
  const whole = title((name) => name);
  const fits = ctx.measureText(whole).width <= room;
  ctx.fillText(shorten(ctx, fits ? whole : title(lastPart), room), x, y + 4);
  startText(view, ctx, "center", "top");
  ctx.fillStyle = css(mix(view.palette.background, view.palette.text, 0.72));
  const { count } = view.format;
  ctx.fillText(shorten(ctx, `${count(from.drawn)} × ${count(to.drawn)}`, room), x, y + 21);
}

function frameCell(view, ctx, edge) {
  const { matrix } = view;
  const { box, bitmap } = matrix.panels[matrix.panelOf[edge]];
  const scale = box.width / bitmap.width;
  const column = matrix.cell[edge] % bitmap.width;
  const row = Math.floor(matrix.cell[edge] / bitmap.width);
  applyZoom(ctx, view);
  ctx.strokeStyle = css(view.palette.text);
  ctx.lineWidth = 2 / view.zoom.k;
  ctx.strokeRect(box.x + column * scale - 1, box.y + row * scale - 1, scale + 2, scale + 2);
}

// A unit is a row where it receives and a column where it sends.
function frameUnit(view, ctx, unit) {
  applyZoom(ctx, view);
  ctx.strokeStyle = css(view.palette.accent);
  ctx.lineWidth = 2 / view.zoom.k;
  for (const { from, to, box, bitmap } of view.matrix.panels) {
    const scale = box.width / bitmap.width;
    const row = unit - to.first;
    const column = unit - from.first;
    if (row >= 0 && row < to.drawn) ctx.strokeRect(box.x, box.y + row * scale, box.width, scale);
    if (column >= 0 && column < from.drawn)
      ctx.strokeRect(box.x + column * scale, box.y, scale, box.height);
  }
}

function edgeInMatrix(view, x, y) {
  const { matrix } = view;
  matrix.edgeAtCell ??= cellIndex(view.graph, matrix);
  for (const { index, box, bitmap } of matrix.panels) {
    const scale = box.width / bitmap.width;
    const column = Math.floor((x - box.x) / scale);
    const row = Math.floor((y - box.y) / scale);
    if (column < 0 || row < 0 || column >= bitmap.width || row >= bitmap.height) continue;
    const edge = matrix.edgeAtCell[index][row * bitmap.width + column];
    return edge < 0 ? null : edge;
  }
  return null;
}

function cellIndex(graph, { panels, panelOf, cell }) {
  const index = panels.map(({ pixels }) => new Int32Array(pixels.length).fill(-1));
  for (let e = 0; e < graph.edges; e++) index[panelOf[e]][cell[e]] = e;
  return index;
}
