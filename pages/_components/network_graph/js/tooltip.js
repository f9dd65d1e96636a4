// What a unit or a connection is called and what is to say about it.

function unitName({ graph, messages }, node) {
  const layer = graph.layers[graph.layerOf[node]];
  const index = node - layer.first;
  if (layer.names) return layer.names[index];
  if (layer.grid) return pixelName(messages, layer, index);
  if (layer.members?.length > index + 1 && layer.drawn < layer.units)
    return groupName(messages, layer, index);
  return say(messages, "unit", { layer: layer.title, index });
}

function pixelName(messages, layer, index) {
  const columns = layer.grid[1];
  const row = Math.floor(index / columns) + 1;
  return say(messages, "pixel", { layer: layer.title, row, column: (index % columns) + 1 });
}

function groupName(messages, layer, index) {
  const [from, to] = [layer.members[index], layer.members[index + 1] - 1];
  if (from === to) return say(messages, "unit", { layer: layer.title, index: from });
  return say(messages, "unit_group", { layer: layer.title, from, to });
}

function unitLines(view, node) {
  const { graph, messages, rank, data } = view;
  const lines = [unitTitle(view, node)];
  const kept = keptAround(graph, node, rank);
  lines.push(say(messages, "unit_alive", kept));
  if (graph.unit_dies_at[node] <= rank) lines.push(say(messages, "unit_dead"));
  const value = data.value_texts?.[node] ?? view.values?.[node];
  if (value !== undefined && value !== null) lines.push(say(messages, "value", { value }));
  return lines;
}

// Named units say their layer too.
function unitTitle(view, node) {
  const layer = view.graph.layers[view.graph.layerOf[node]];
  const name = unitName(view, node);
  return layer.names ? say(view.messages, "unit_of", { layer: layer.title, unit: name }) : name;
}

function edgeLines(view, edge) {
  const { graph, messages, format } = view;
  const from = unitTitle(view, graph.source[edge]);
  const to = unitTitle(view, graph.target[edge]);
  const bundle = graph.count[edge] > 1;
  const weight = format.weight(graph.weight[edge]);
  const lines = [
    edgeTitle(messages, from, to),
    say(messages, bundle ? "bundle_weight" : "weight", { weight }),
  ];
  if (bundle) lines.push(bundleLine(view, edge));
  lines.push(fateLine(view, edge));
  return lines;
}

function edgeTitle(messages, from, to) {
  return say(messages, "edge", { from, to });
}

function bundleLine({ graph, messages, rank }, edge) {
  const count = graph.count[edge];
  const left = Math.floor((count * quartersLeft(graph, edge, rank)) / 4);
  return say(messages, "stands_for", { count, left });
}

function fateLine({ graph, messages, format, rank }, edge) {
  const gone = graph.dies_at[edge] <= rank;
  const dies = amountAtRank(graph, graph.dies_at[edge]);
  if (dies === null) return say(messages, "kept_always");
  if (gone && dies === 0) return say(messages, "removed_always");
  const percent = asSet(dies);
  return say(messages, gone ? "removed_at" : "kept_until", { percent });
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
