// The sentences around the picture: readout, notes, legend, canvas label.

function prunedText({ messages, format, amount }) {
  return say(messages, "pruned", { percent: format.percent(amount) });
}

function keptText({ graph, messages, format, rank }) {
  const kept = Math.max(0, graph.prunable - rank);
  const counts = { kept: format.count(kept), total: format.count(graph.prunable) };
  return say(messages, "kept", counts);
}

function showReadout(view) {
  const { parts, data } = view;
  const resting = !view.dragging && view.pending === null;
  const kept = (resting && data.kept_text) || keptText(view);
  setText(parts.percent, prunedText(view));
  setText(parts.kept, kept);
  setText(parts.message, emptyMessage(view));
}

function emptyMessage({ graph, messages, rank }) {
  if (graph.edges === 0) return say(messages, "nothing_to_draw");
  return aliveCount(graph.dies_at, rank) === 0 ? say(messages, "everything_gone") : "";
}

function notes({ graph, messages, mode }) {
  const drawn = mode === "graph" ? graph.paint.length : graph.edges;
  const total = graph.edges_total;
  const lines = mode === "matrix" ? [say(messages, "matrix_hint")] : [];
  if (drawn < total) lines.push(say(messages, "left_out", { mode, drawn, total }));
  const bundles = graph.count.some((count) => count > 1);
  const sizes = { edges: total, weights: graph.weights_total };
  if (bundles) lines.push(say(messages, "bundles", sizes));
  return lines;
}

function showTexts(view) {
  const { parts, messages, mode, graph } = view;
  sayNamed(parts.root, messages);
  setText(parts.strength, say(messages, "strength", { mode }));
  setText(parts.hint, say(messages, "canvas_hint"));
  if (!graph) return setText(parts.skeleton, say(messages, "loading"));
  parts.notes.replaceChildren(...notes(view).map((text) => cellOf("p", text, {})));
  const size = { layers: graph.layers.length, edges: graph.paint.length };
  parts.units.setAttribute("aria-label", say(messages, "canvas", size));
}
