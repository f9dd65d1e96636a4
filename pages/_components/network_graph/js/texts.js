// The sentences around the picture: readout, notes, legend, canvas label.

function readout(view) {
  const { graph, labels, format, amount } = view;
  const pruned = fill(labels.pruned, { percent: format.percent(amount) });
  return `${pruned} · ${keptText(graph, labels, format, view.rank)}`;
}

function keptText(graph, labels, format, rank) {
  const kept = Math.max(0, graph.prunable - rank);
  return fill(labels.kept, { kept: format.count(kept), total: format.count(graph.prunable) });
}

function showReadout(view) {
  const { parts, labels, format, graph, data } = view;
  const resting = !view.dragging && view.pending === null;
  const kept = (resting && data.kept_text) || keptText(graph, labels, format, view.rank);
  setText(parts.percent, fill(labels.pruned, { percent: format.percent(view.amount) }));
  setText(parts.kept, kept);
  parts.slider.setAttribute("aria-valuetext", readout(view));
  parts.slider.style.setProperty("--sg-share", `${view.amount * 100}%`);
  setText(parts.message, emptyMessage(view));
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function emptyMessage({ graph, labels, rank }) {
  if (graph.edges === 0) return labels.nothingToDraw;
  return aliveCount(graph.dies_at, rank) === 0 ? labels.everythingGone : "";
}

function notes({ graph, labels, format, mode }) {
  const drawn = mode === "graph" ? graph.paint.length : graph.edges;
  const lines = mode === "matrix" ? [labels.matrixHint] : [];
  const leftOut = mode === "graph" ? labels.leftOut : labels.leftOutMatrix;
  const counts = { drawn: format.count(drawn), total: format.count(graph.edges_total) };
  if (drawn < graph.edges_total) lines.push(fill(leftOut, counts));
  const bundles = graph.count.some((count) => count > 1);
  const sizes = { edges: format.count(graph.edges_total), weights: format.count(graph.weights_total) };
  if (bundles) lines.push(fill(labels.bundles, sizes));
  return lines;
}

function showTexts(view) {
  const { parts, labels, format, graph } = view;
  for (const key of ["graph", "matrix", "table", "positive", "negative", "removed", "strength", "hollow"])
    setText(parts.root.querySelector(`[data-text=${key}]`), labels[key]);
  if (view.mode === "matrix") setText(parts.strength, labels.strengthMatrix);
  for (const [name, key] of Object.entries(NAMED)) parts[name].setAttribute("aria-label", labels[key]);
  for (const name of ["zoomIn", "zoomOut", "zoomReset"]) parts[name].title = labels[name];
  setText(parts.hint, labels.canvasHint);
  if (!graph) return setText(parts.skeleton, labels.loading);
  parts.notes.replaceChildren(...notes(view).map((text) => cellOf("p", text, {})));
  const size = { layers: graph.layers.length, edges: format.count(graph.paint.length) };
  parts.units.setAttribute("aria-label", fill(labels.canvas, size));
}

const NAMED = {
  slider: "slider",
  modeGroup: "viewSwitch",
  zoomIn: "zoomIn",
  zoomOut: "zoomOut",
  zoomReset: "zoomReset",
  units: "loading",
};
