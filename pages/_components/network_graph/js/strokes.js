// Stroking many edges with few canvas calls: runs of nearly equal strength share one path.

const RUN = 64;

// Geometry and style of every shipped edge, computed once per layout.
function makeScene(graph, layout, palette) {
  const bends = new Float32Array(graph.edges);
  let bent = false;
  for (let e = 0; e < graph.edges; e++) {
    bends[e] = bendOf(graph, layout, e);
    bent ||= bends[e] !== 0;
  }
  return { graph, layout, palette, bends, bent, bundles: graph.thins_at.length > 0 };
}

function traceEdge(ctx, { graph, layout, bends }, edge) {
  const a = graph.source[edge];
  const b = graph.target[edge];
  const { x, y } = layout;
  ctx.moveTo(x[a], y[a]);
  if (bends[edge] === 0) ctx.lineTo(x[b], y[b]);
  else ctx.quadraticCurveTo((x[a] + x[b]) / 2, (y[a] + y[b]) / 2 + 2 * bends[edge], x[b], y[b]);
}

function runEnd(scene, edges, start, end) {
  const { strength, strongest } = scene.graph;
  const limit = strength[edges[start]] + 0.04 * strongest;
  let stop = start + 1;
  while (stop < end && stop - start < RUN && strength[edges[stop]] <= limit) stop += 1;
  return stop;
}

// Strokes the edges (weakest first) that are alive at the rank, from `start` on, in whole runs,
// until about `most` are done; returns where it stopped.
function strokeEdges(ctx, scene, edges, rank, look, start = 0, most = Infinity) {
  let i = start;
  while (i < edges.length && i - start < most) {
    const stop = runEnd(scene, edges, i, edges.length);
    strokeRun(ctx, scene, edges, i, stop, rank, look);
    i = stop;
  }
  return i;
}

function strokeRun(ctx, scene, edges, start, stop, rank, look) {
  const { graph, palette } = scene;
  const style = edgeStyle(shareOfStrongest(graph, edges[(start + stop) >> 1]), look.crowd);
  for (const sign of [-1, 1]) {
    const colour = look.colour ?? (sign < 0 ? palette.negative : palette.positive);
    ctx.strokeStyle = css(colour, style.alpha * look.alpha);
    for (let quarters = scene.bundles ? 1 : 4; quarters <= 4; quarters++) {
      const chosen = (edge) =>
        graph.weight[edge] < 0 === sign < 0 && quartersLeft(graph, edge, rank) === quarters;
      ctx.lineWidth = (style.width * look.scale * quarters) / 4;
      strokeChosen(ctx, scene, edges, start, stop, chosen);
    }
  }
}

// Between the weakest (0) and the strongest (1) edge drawn.
function shareOfStrongest({ strength, weakest, strongest }, edge) {
  return Math.max(0, strength[edge] - weakest) / (strongest - weakest || 1);
}

function strokeChosen(ctx, scene, edges, start, stop, chosen) {
  let any = false;
  for (let i = start; i < stop; i++) {
    if (!chosen(edges[i])) continue;
    if (!any) ctx.beginPath();
    any = true;
    traceEdge(ctx, scene, edges[i]);
  }
  if (any) ctx.stroke();
}
