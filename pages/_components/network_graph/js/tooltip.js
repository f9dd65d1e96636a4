// What a unit or a connection is called and what is to say about it.

function unitName({ graph, labels }, node) {
  const layer = graph.layers[graph.layerOf[node]];
  const index = node - layer.first;
  if (layer.names) return layer.names[index];
  if (layer.grid) return pixelName(labels, layer, index);
  if (layer.members?.length > index + 1 && layer.drawn < layer.units)
    return groupName(labels, layer, index);
  return fill(labels.unit, { layer: layer.title, index });
}

function pixelName(labels, layer, index) {
  const columns = layer.grid[1];
  const row = Math.floor(index / columns) + 1;
  return fill(labels.pixel, { layer: layer.title, row, column: (index % columns) + 1 });
}

function groupName(labels, layer, index) {
  const [from, to] = [layer.members[index], layer.members[index + 1] - 1];
  const label = from === to ? labels.unit : labels.unitGroup;
  return fill(label, { layer: layer.title, index: from, from, to });
}

function unitLines(view, node) {
  const { graph, labels, rank, data } = view;
  const lines = [unitTitle(view, node)];
  const kept = keptAround(graph, node, rank);
  lines.push(fill(labels.unitAlive, { incoming: kept.incoming, outgoing: kept.outgoing }));
  if (graph.unit_dies_at[node] <= rank) lines.push(labels.unitDead);
  const value = data.value_texts?.[node] ?? view.values?.[node];
  if (value !== undefined && value !== null) lines.push(fill(labels.value, { value }));
  return lines;
}

// Named units say their layer too.
function unitTitle(view, node) {
  const layer = view.graph.layers[view.graph.layerOf[node]];
  const name = unitName(view, node);
  return layer.names ? `${layer.title}: ${name}` : name;
}

function edgeLines(view, edge) {
  const { graph, labels, format } = view;
  const from = unitTitle(view, graph.source[edge]);
  const to = unitTitle(view, graph.target[edge]);
  const bundle = graph.count[edge] > 1;
  const weight = format.weight(graph.weight[edge]);
  const lines = [
    fill(labels.edge, { from, to }),
    fill(bundle ? labels.bundleWeight : labels.weight, { weight }),
  ];
  if (bundle) lines.push(bundleLine(view, edge));
  lines.push(fateLine(view, edge));
  return lines;
}

function bundleLine({ graph, labels, format, rank }, edge) {
  const count = graph.count[edge];
  const left = Math.floor((count * quartersLeft(graph, edge, rank)) / 4);
  return fill(labels.standsFor, { count: format.count(count), left: format.count(left) });
}

function fateLine({ graph, labels, format, rank }, edge) {
  const gone = graph.dies_at[edge] <= rank;
  const dies = amountAtRank(graph, graph.dies_at[edge]);
  if (dies === null) return labels.keptAlways;
  if (gone && dies === 0) return labels.removedAlways;
  return fill(gone ? labels.removedAt : labels.keptUntil, { percent: format.percent(dies) });
}

function showTooltip(view, lines, x, y) {
  const { tip, stage } = view.parts;
  tip.replaceChildren(...lines.map((text) => cellOf("div", text, {})));
  tip.hidden = false;
  const room = stage.clientWidth - tip.offsetWidth - 4;
  const below = y + 18 + tip.offsetHeight <= stage.clientHeight;
  tip.style.left = `${Math.max(4, Math.min(room, x + 14))}px`;
  tip.style.top = `${Math.max(4, below ? y + 16 : y - tip.offsetHeight - 12)}px`;
}

function hideTooltip(view) {
  view.parts.tip.hidden = true;
}
