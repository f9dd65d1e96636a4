// Bitmaps of the picture at chosen ranks. A frame blits the nearest one and strokes the few edges
// that die between the two ranks beneath it, so its cost does not grow with the network.

const BITMAP_BYTES = 72 * 2 ** 20;
const MOST_KEYFRAMES = 28;
const SLICE = 1500; // edges painted per frame while something moves
const RESTING_SLICE = 2000;

function makeKeyframes(graph, pixels) {
  const room = Math.floor(BITMAP_BYTES / (4 * pixels)) - 1;
  const ranks = keyRanks(graph, Math.max(3, Math.min(MOST_KEYFRAMES, room)));
  return {
    frames: ranks.map((rank) => newKeyframe(rank)),
    queue: coarseToFine(ranks.length),
    exact: newKeyframe(null), // the picture at rest, at exactly the rank shown
  };
}

const newKeyframe = (rank) => ({ rank, bitmap: null, painted: 0, ready: false });

// Ranks between which about equally many edges die or thin.
function keyRanks(graph, many) {
  const drawn = graph.paint.length;
  const events = [];
  for (const edge of graph.paint) {
    if (graph.dies_at[edge] !== NEVER) events.push(graph.dies_at[edge]);
    if (graph.thins_at.length && graph.count[edge] > 1)
      events.push(...graph.thins_at.subarray(3 * edge, 3 * edge + 3));
  }
  const sorted = Float64Array.from(events).sort();
  if (drawn === 0 || sorted.length === 0) return [NEVER];
  const ranks = new Set();
  for (let i = 0; i < many; i++)
    ranks.add(sorted[Math.floor((i * (sorted.length - 1)) / (many - 1 || 1))] - (i ? 0 : 1));
  return [...ranks].sort((a, b) => a - b);
}

// 0, last, middle, quarters, …: early drags find a keyframe not too far away.
function coarseToFine(length) {
  const order = new Set([0, length - 1]);
  for (let step = length; step >= 1; step = Math.floor(step / 2))
    for (let i = 0; i < length; i += step) order.add(i);
  return [...order];
}

// The ready keyframe with the smallest rank that is not below this one.
function keyframeAbove({ frames, exact }, rank) {
  let best = exact.ready && exact.rank >= rank ? exact : null;
  for (const frame of frames)
    if (frame.ready && frame.rank >= rank && (!best || frame.rank < best.rank)) best = frame;
  return best;
}

// Paints at most one slice of one keyframe; true while something is left to paint.
function paintSlice(keyframes, view, exactRank) {
  if (exactRank !== null) aimExact(keyframes, exactRank);
  const frame = nextKeyframe(keyframes, exactRank !== null);
  if (!frame) return false;
  frame.bitmap ??= newBitmap(view);
  const ctx = frame.bitmap.getContext("2d");
  if (frame.painted === 0) startBitmap(ctx, view, frame.bitmap);
  const slice = exactRank === null ? SLICE : RESTING_SLICE;
  const { scene, graph, look } = view;
  frame.painted = strokeEdges(ctx, scene, graph.paint, frame.rank, look, frame.painted, slice);
  frame.ready = frame.painted === graph.paint.length;
  return true;
}

const isSharp = ({ frames, exact }, rank) =>
  [exact, ...frames].some((frame) => frame.ready && frame.rank === rank);

function nextKeyframe({ frames, queue, exact }, atRest) {
  if (atRest && exact.rank !== null && !exact.ready) return exact;
  while (queue.length && frames[queue[0]].ready) queue.shift();
  return queue.length ? frames[queue[0]] : null;
}

function aimExact(keyframes, rank) {
  const { exact } = keyframes;
  if (exact.rank === rank || isSharp(keyframes, rank)) return;
  Object.assign(exact, { rank, painted: 0, ready: false });
}

function newBitmap({ pixelWidth, pixelHeight }) {
  const bitmap = document.createElement("canvas");
  bitmap.width = pixelWidth;
  bitmap.height = pixelHeight;
  return bitmap;
}

function startBitmap(ctx, view, bitmap) {
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, bitmap.width, bitmap.height);
  applyZoom(ctx, view);
}
