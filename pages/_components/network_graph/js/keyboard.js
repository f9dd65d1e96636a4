// The picture by keyboard: arrows move between units, Enter picks, Escape clears.

function bindKeyboard(view) {
  const { units } = view.parts;
  view.on(units, "keydown", (event) => keydown(view, event));
  view.on(units, "focus", () => setFocus(view, units.matches(":focus-visible")));
  view.on(units, "blur", () => setFocus(view, false));
}

function setFocus(view, visible) {
  view.focused = visible;
  view.dirty.units = true;
  requestFrame(view);
}

const MOVES = {
  ArrowLeft: (view) => stepLayer(view, -1),
  ArrowRight: (view) => stepLayer(view, 1),
  ArrowUp: (view) => stepUnit(view, -1),
  ArrowDown: (view) => stepUnit(view, 1),
};

const ACTIONS = {
  Enter: (view) => pick(view, view.current === view.selected ? null : view.current),
  " ": (view) => pick(view, view.current === view.selected ? null : view.current),
  Escape: (view) => pick(view, null),
  "+": (view) => zoomAt(view, 1.4, view.layout.width / 2, view.layout.height / 2),
  "-": (view) => zoomAt(view, 1 / 1.4, view.layout.width / 2, view.layout.height / 2),
  0: resetZoom,
};

function keydown(view, event) {
  if (!view.graph || event.ctrlKey || event.metaKey || event.altKey) return;
  const move = MOVES[event.key];
  const action = ACTIONS[event.key];
  if (!move && !action) return;
  event.preventDefault();
  view.focused = true;
  if (action) return action(view);
  goTo(view, move(view));
}

// To the unit at the same relative height of the neighbouring layer.
function stepLayer({ graph, current }, by) {
  const index = graph.layerOf[current];
  const here = graph.layers[index];
  const there = graph.layers[Math.max(0, Math.min(graph.layers.length - 1, index + by))];
  const share = (current - here.first + 0.5) / here.drawn;
  return there.first + Math.floor(share * there.drawn);
}

function stepUnit({ graph, current }, by) {
  const layer = graph.layers[graph.layerOf[current]];
  return Math.max(layer.first, Math.min(layer.first + layer.drawn - 1, current + by));
}

function goTo(view, unit) {
  view.current = unit;
  view.dirty.units = true;
  const lines = unitLines(view, unit);
  announce(view, lines.join(", "));
  if (view.mode === "graph") {
    const [x, y] = toScreen(view, view.layout.x[unit], view.layout.y[unit]);
    showTooltip(view, lines, x, y);
  }
  requestFrame(view);
}
