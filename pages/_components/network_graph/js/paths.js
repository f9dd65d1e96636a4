// Which edges belong to a unit's paths, and what lies under the pointer.

const FAR_EDGES = 3000;

function pathsOf(graph, unit) {
  const steps = { in: new Map(), out: new Map() };
  const near = [];
  for (const edge of graph.byStrength) {
    const into = graph.target[edge] === unit;
    const from = graph.source[edge] === unit;
    if (!into && !from) continue;
    near.push(edge);
    if (into) stepUntil(steps.in, graph.source[edge], graph.dies_at[edge]);
    else stepUntil(steps.out, graph.target[edge], graph.dies_at[edge]);
  }
  return { near: Uint32Array.from(near), ...farEdges(graph, unit, steps) };
}

function stepUntil(steps, node, death) {
  steps.set(node, Math.max(death, steps.get(node) ?? 0));
}

// The second steps of the paths; each lasts as long as the first step that it follows.
function farEdges(graph, unit, steps) {
  const until = (edge) =>
    Math.max(
      graph.target[edge] === unit ? 0 : steps.in.get(graph.target[edge]) ?? 0,
      graph.source[edge] === unit ? 0 : steps.out.get(graph.source[edge]) ?? 0,
    );
  const far = graph.byStrength.filter((edge) => until(edge) > 0).slice(-FAR_EDGES);
  return { far, farUntil: Uint32Array.from(far, until) };
}

function keptAround(graph, unit, rank) {
  const kept = { incoming: 0, outgoing: 0 };
  const alive = aliveCount(graph.dies_at, rank);
  for (let e = 0; e < alive; e++) {
    if (graph.target[e] === unit) kept.incoming += 1;
    if (graph.source[e] === unit) kept.outgoing += 1;
  }
  return kept;
}

function unitAt(view, x, y) {
  const { layout } = view;
  for (const block of layout.blocks) {
    const reach = Math.max(block.radius + 3 / view.zoom.k, 7 / view.zoom.k);
    if (Math.abs(x - block.x) > block.width / 2 + reach) continue;
    const node = nearestUnit(block.layer, layout, x, y, reach);
    if (node !== null) return node;
  }
  return null;
}

function nearestUnit(layer, layout, x, y, reach) {
  let best = null;
  let least = reach * reach;
  for (let node = layer.first; node < layer.first + layer.drawn; node++) {
    const distance = (layout.x[node] - x) ** 2 + (layout.y[node] - y) ** 2;
    if (distance > least) continue;
    least = distance;
    best = node;
  }
  return best;
}

// The alive drawn edge nearest to the pointer; strong edges are wide and easier to hit.
function edgeAt(view, x, y) {
  const { graph, scene, paths, rank } = view;
  const edges = paths ? paths.near : graph.paint;
  let best = null;
  let least = 5 / view.zoom.k;
  for (let i = edges.length - 1; i >= 0; i--) {
    if (graph.dies_at[edges[i]] <= rank) continue;
    const reach = (1.5 * shareOfStrongest(graph, edges[i])) / view.zoom.k;
    const distance = distanceToEdge(scene, edges[i], x, y) - reach;
    if (distance >= least) continue;
    least = distance;
    best = edges[i];
  }
  return best;
}

function distanceToEdge({ graph, layout, bends }, edge, x, y) {
  const a = graph.source[edge];
  const b = graph.target[edge];
  const from = [layout.x[a], layout.y[a]];
  const to = [layout.x[b], layout.y[b]];
  if (bends[edge] === 0) return distanceToSegment(from, to, x, y);
  return distanceToCurve(from, to, bends[edge], x, y);
}

function distanceToSegment([ax, ay], [bx, by], x, y) {
  const dx = bx - ax;
  const dy = by - ay;
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(ax + t * dx - x, ay + t * dy - y);
}

function distanceToCurve([ax, ay], [bx, by], bend, x, y) {
  const point = (t) => [
    ax + (bx - ax) * t,
    ay + (by - ay) * t + 4 * bend * t * (1 - t),
  ];
  let least = Infinity;
  for (let i = 0; i < 16; i++)
    least = Math.min(least, distanceToSegment(point(i / 16), point((i + 1) / 16), x, y));
  return least;
}
