// The amount that the ribbon tells, and the view switch.

const CONFIRM_MS = 8000;

let eventNumber = 0; // equal values must still arrive as new events

function send(view, name, value) {
  eventNumber += 1;
  view.api.setTriggerValue(name, { ...value, n: eventNumber });
}

function bindControls(view) {
  view.on(openChannel(), "amount", (event) => follow(view, event.detail));
  view.parts.modes.forEach((radio) => view.on(radio, "change", () => chooseMode(view, radio.value)));
  const { layers } = view.parts;
  view.on(layers, "change", () => send(view, "layer", { layer: layers.value }));
  bindZoomButtons(view);
}

function bindZoomButtons(view) {
  const { zoomIn, zoomOut, zoomReset } = view.parts;
  const centred = (factor) => () =>
    view.graph && zoomAt(view, factor, view.layout.width / 2, view.layout.height / 2);
  view.on(zoomIn, "click", centred(1.5));
  view.on(zoomOut, "click", centred(1 / 1.5));
  view.on(zoomReset, "click", () => view.graph && resetZoom(view));
}

// The ribbon's slider moves the picture; Python says the amount again when it was released.
function follow(view, { amount, moving, dragging }) {
  const letGo = view.dragging && !dragging;
  view.dragging = dragging;
  if (moving) slide(view, amount);
  else if (letGo) adoptAmount(view);
  if (moving && !dragging) settleNow(view);
}

function slide(view, amount) {
  view.amount = view.pending = amount;
  view.givenRank = null;
  hideTooltip(view);
  clearTimeout(view.timers.confirm);
  if (!view.dragging) view.timers.confirm = setTimeout(() => adoptAmount(view), CONFIRM_MS);
  requestFrame(view);
}

// After a release, older answers still on their way must not pull the picture back.
function heedAmount(view) {
  if (view.dragging) return;
  if (view.pending === null || view.data.amount === view.pending) adoptAmount(view);
}

function adoptAmount(view) {
  clearTimeout(view.timers.confirm);
  view.pending = null;
  view.amount = view.data.amount;
  view.givenRank = view.data.rank ?? null;
  settleNow(view);
}

function chooseMode(view, mode) {
  setMode(view, mode);
  send(view, "mode", { mode });
}

function setMode(view, mode) {
  view.mode = mode;
  view.parts.modes.forEach((radio) => (radio.checked = radio.value === mode));
  view.parts.root.dataset.mode = mode;
  clearHover(view);
  resize(view);
}

function pick(view, unit) {
  if (unit === view.selected) return;
  selectUnit(view, unit);
  send(view, "picked", { unit });
  if (unit === null) announce(view, say(view.messages, "unpicked"));
  else announce(view, say(view.messages, "picked", { unit: unitTitle(view, unit) }));
}

function selectUnit(view, unit) {
  view.selected = unit;
  if (unit !== null) view.current = unit;
  view.paths = unit === null ? null : pathsOf(view.graph, unit);
  view.dirty.units = true;
  requestFrame(view);
}

function announce(view, text) {
  view.parts.live.textContent = text;
}
