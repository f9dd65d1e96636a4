// When and what to paint: one animation frame at a time, nothing while nothing changes.

const REST_MS = 300; // after the numbers, which come about 100 ms after a release
const SLOW_MS = 19;

function requestFrame(view) {
  view.changedAt = performance.now();
  view.hook.settled = view.hook.complete = false;
  scheduleFrame(view);
}

function scheduleFrame(view) {
  if (view.frame || view.gone) return;
  view.frame = requestAnimationFrame((now) => {
    view.frame = 0;
    paintFrame(view, now);
  });
}

function paintFrame(view, now) {
  if (!view.graph || !view.layout) return;
  const before = view.rank;
  keepPace(view, now);
  view.rank = view.givenRank ?? rankOf(view.graph, view.amount);
  showReadout(view);
  if (view.mode === "graph") paintGraph(view, before);
  if (view.mode === "matrix") paintMatrix(view, before);
  view.frames += 1;
  view.more = hasMore(view, now);
  publishHook(view);
  if (view.more) scheduleFrame(view);
}

// Frames that come late make the picture coarser until they are on time again.
function keepPace(view, now) {
  const took = Math.min(60, now - view.paintedAt);
  view.pace = view.more ? 0.8 * view.pace + 0.2 * took : 0;
  view.paintedAt = now;
  view.hurry = view.dragging && view.pace > SLOW_MS;
}

function paintGraph(view, before) {
  rememberRemoved(view, before, view.rank);
  view.sharp = view.paths !== null || isSharp(view.keyframes, view.rank);
  drawEdges(view, view.edgesCtx);
  if (unitsChanged(view)) drawUnits(view, view.unitsCtx);
}

function paintMatrix(view, before) {
  if (before !== view.rank || view.dirty.edges || view.zoom.moving || view.dirty.units)
    drawMatrix(view, view.edgesCtx);
  view.dirty.edges = false;
  if (view.dirty.units) drawMatrixFrame(view, view.unitsCtx);
  view.dirty.units = false;
}

function unitsChanged(view) {
  const dead = deadUnits(view.graph, view.rank);
  const pathsMoved = view.paths !== null && view.rank !== view.dirty.rank;
  const changed = view.dirty.units || dead !== view.dirty.dead || pathsMoved;
  view.dirty = { units: false, dead, rank: view.rank };
  return changed;
}

// Another frame is due while edges fade or keyframes are being painted.
function hasMore(view, now) {
  view.settled = false;
  if (view.mode !== "graph" || view.zoom.moving) return false;
  const resting = !view.dragging && now - view.changedAt > REST_MS;
  const painting = paintSlice(view.keyframes, view, resting ? view.rank : null);
  view.settled = resting && view.fade.until === 0 && view.sharp;
  view.complete = !painting;
  return painting || view.fade.until > 0 || !resting;
}

function resetKeyframes(view) {
  view.keyframes = makeKeyframes(view.graph, view.pixelWidth * view.pixelHeight);
  view.fade = { bitmap: null, until: 0 };
}

function refreshLook(view) {
  const crowd = Math.max(1, view.graph.paint.length);
  const wide = view.palette.thick * (view.layout.width < 520 ? 0.75 : 1);
  const scale = wide / Math.sqrt(view.zoom.k);
  view.look = { crowd, scale, alpha: 1, colour: null };
}

// For tests and benchmarks: what the picture shows, readable from outside.
function publishHook(view) {
  const { graph, rank } = view;
  Object.assign(view.hook, {
    amount: view.amount,
    rank,
    drawn: aliveCount(graph.deaths, rank),
    kept: Math.max(0, graph.prunable - rank),
    ready: true,
    settled: view.mode !== "graph" || view.settled, // the picture is exact
    complete: view.mode !== "graph" || (view.settled && view.complete), // and all keyframes painted
    frames: view.frames,
    builds: view.builds, // how often the geometry and all bitmaps were made anew
    mode: view.mode,
    layout: view.layout,
    zoom: view.zoom,
  });
}
