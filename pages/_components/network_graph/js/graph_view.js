// The edges of the graph view: one frame at the rank of the moment.

const REMAINDER = 2500; // edges stroked directly in one frame, at most
const HURRIED = 200; // the same while frames come late
const FADE_MS = 220;
const FADE_EDGES = 400;

function drawEdges(view, ctx) {
  clearCanvas(ctx);
  if (view.paths) drawPaths(view, ctx);
  else drawAll(view, ctx);
}

function clearCanvas(ctx) {
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
}

function applyZoom(ctx, { ratio, zoom }) {
  ctx.setTransform(ratio * zoom.k, 0, 0, ratio * zoom.k, ratio * zoom.x, ratio * zoom.y);
}

function drawAll(view, ctx) {
  if (!view.zoom.moving) drawFade(view, ctx);
  if (view.zoom.moving && view.zoom.picture) return drawMoved(view, ctx);
  const frame = keyframeAbove(view.keyframes, view.rank);
  strokeBetween(view, ctx, view.rank, frame ? frame.rank : Infinity);
  if (!frame) return;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.drawImage(frame.bitmap, 0, 0);
}

// Edges alive at `rank` that a keyframe at `later` no longer shows.
function strokeBetween(view, ctx, rank, later) {
  const { graph, scene, look } = view;
  const start = aliveCount(graph.deaths, later);
  const most = view.hurry ? HURRIED : REMAINDER;
  const end = Math.min(aliveCount(graph.deaths, rank), start + most);
  if (end <= start) return;
  const edges = strengthSorted(graph, start, end);
  applyZoom(ctx, view);
  strokeEdges(ctx, scene, edges, rank, look);
}

function strengthSorted(graph, start, end) {
  return Uint32Array.from(graph.byDeath.subarray(start, end))
    .sort()
    .map((position) => graph.paint[position]);
}

// While zooming, the last sharp picture is moved and scaled; it is painted anew at rest.
function drawMoved(view, ctx) {
  const { zoom, ratio } = view;
  const from = zoom.pictured;
  const k = zoom.k / from.k;
  ctx.setTransform(k, 0, 0, k, ratio * (zoom.x - k * from.x), ratio * (zoom.y - k * from.y));
  ctx.drawImage(zoom.picture, 0, 0);
}

function drawPaths(view, ctx) {
  const { scene, paths, look, rank } = view;
  applyZoom(ctx, view);
  const faint = { ...look, alpha: 0.28, crowd: 400 };
  const clear = { ...look, alpha: 1, crowd: 60, scale: look.scale * 1.25 };
  const far = paths.far.filter((_, at) => paths.farUntil[at] > rank);
  strokeEdges(ctx, scene, far, rank, faint);
  strokeEdges(ctx, scene, paths.near, rank, clear);
}

// ---- removed edges turn grey and fade out

function rememberRemoved(view, before, after) {
  if (view.stillness.matches || view.hurry || view.paths || after <= before) return;
  const { graph } = view;
  const start = aliveCount(graph.deaths, after);
  const end = aliveCount(graph.deaths, before);
  if (end <= start) return;
  const edges = strengthSorted(graph, start, Math.min(end, start + FADE_EDGES));
  view.fade.bitmap ??= newBitmap(view);
  const ctx = view.fade.bitmap.getContext("2d");
  applyZoom(ctx, view);
  const grey = { ...view.look, colour: view.palette.removed, alpha: 0.8 };
  strokeEdges(ctx, view.scene, edges, before, grey);
  view.fade.until = performance.now() + FADE_MS;
}

function drawFade(view, ctx) {
  const { fade } = view;
  if (!fade.bitmap || fade.until === 0) return;
  const old = fade.bitmap.getContext("2d");
  if (performance.now() > fade.until) {
    clearCanvas(old);
    fade.until = 0;
    return;
  }
  old.setTransform(1, 0, 0, 1, 0, 0);
  old.globalCompositeOperation = "destination-out";
  old.fillStyle = "rgba(0, 0, 0, 0.16)";
  old.fillRect(0, 0, fade.bitmap.width, fade.bitmap.height);
  old.globalCompositeOperation = "source-over";
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.drawImage(fade.bitmap, 0, 0);
}
