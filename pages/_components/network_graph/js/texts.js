// The sentences around the picture: readout, notes, legend, canvas label.

function keptText({ graph, messages, format, rank }) {
  const kept = Math.max(0, graph.prunable - rank);
  const counts = { kept: format.count(kept), total: format.count(graph.prunable) };
  return say(messages, "kept", counts);
}

function showReadout(view) {
  const { parts, data } = view;
  const resting = !view.dragging && view.pending === null;
  const kept = (resting && data.kept_text) || keptText(view);
  setText(parts.kept, kept);
  setText(parts.message, emptyMessage(view));
  nameCanvas(view);
}

function nameCanvas({ parts, messages, graph, rank }) {
  const size = { layers: graph.layers.length, edges: aliveCount(graph.deaths, rank) };
  const name = say(messages, "canvas", size);
  if (parts.units.ariaLabel !== name) parts.units.ariaLabel = name;
}

// The menu of layers that can be opened; nothing to choose where there is only one.
function showLayers({ parts, messages, data }) {
  const layers = data.layers ?? [];
  parts.layers.hidden = layers.length < 2;
  const names = [["", say(messages, "whole")], ...layers.map(([key, layer]) => [key, say(messages, "open", { layer })])];
  const options = names.map(([value, text]) => new Option(text, value));
  const same = options.length === parts.layers.length && options.every((o, i) => o.text === parts.layers[i].text);
  if (!same) parts.layers.replaceChildren(...options);
  parts.layers.value = data.layer ?? "";
}

function emptyMessage({ graph, messages, rank }) {
  if (graph.edges === 0) return say(messages, "nothing_to_draw");
  return aliveCount(graph.dies_at, rank) === 0 ? say(messages, "everything_gone") : "";
}

function notes({ graph, messages, mode }) {
  const drawn = mode === "graph" ? graph.paint.length : graph.edges;
  const total = graph.edges_total;
  const lines = mode === "matrix" ? [say(messages, "matrix_hint")] : [];
  const how = mode === "graph" && graph.even ? "even" : mode;
  if (drawn < total) lines.push(say(messages, "left_out", { mode: how, drawn, total }));
  const bundles = graph.count.some((count) => count > 1);
  const sizes = { edges: total, weights: graph.weights_total };
  if (bundles) lines.push(say(messages, "bundles", sizes));
  if (graph.zeros > 0) lines.push(say(messages, "were_zero", { n: graph.zeros }));
  return lines;
}

function showTexts(view) {
  const { parts, messages, mode, graph } = view;
  sayNamed(parts.root, messages);
  setText(parts.strength, say(messages, "strength", { mode }));
  setText(parts.hint, say(messages, "canvas_hint"));
  if (!graph) return setText(parts.skeleton, say(messages, "loading"));
  parts.notes.replaceChildren(...notes(view).map((text) => cellOf("p", text, {})));
  showLayers(view);
}
