// The component's own slider and view switch. Python hears what was released, never each step.

const KEYBOARD_REST_MS = 300;
const CONFIRM_MS = 4000;

let eventNumber = 0; // equal values must still arrive as new events

function send(view, name, value) {
  eventNumber += 1;
  view.api.setTriggerValue(name, { ...value, n: eventNumber });
}

function bindControls(view) {
  const { slider, modes } = view.parts;
  view.on(slider, "pointerdown", () => (view.dragging = true));
  view.on(window, "pointerup", () => endDrag(view));
  view.on(window, "pointercancel", () => endDrag(view));
  view.on(slider, "input", () => slide(view, Number(slider.value) / STEPS));
  view.on(slider, "change", () => slideEnded(view));
  view.on(slider, "blur", () => flushRelease(view));
  view.on(slider, "dblclick", () => resetAmount(view));
  modes.forEach((radio) => view.on(radio, "change", () => chooseMode(view, radio.value)));
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

function slide(view, amount) {
  view.amount = amount;
  view.givenRank = null;
  view.pending = amount;
  hideTooltip(view);
  requestFrame(view);
}

function slideEnded(view) {
  clearTimeout(view.timers.release);
  if (view.dragging) return releaseAmount(view);
  view.timers.release = setTimeout(() => releaseAmount(view), KEYBOARD_REST_MS);
}

function flushRelease(view) {
  if (!view.timers.release) return;
  clearTimeout(view.timers.release);
  releaseAmount(view);
}

function releaseAmount(view) {
  view.timers.release = null;
  view.pending = view.amount;
  send(view, "released", { amount: view.amount });
  clearTimeout(view.timers.confirm);
  view.timers.confirm = setTimeout(() => adoptAmount(view), CONFIRM_MS);
  settleNow(view);
  announce(view, readout(view));
}

function endDrag(view) {
  if (!view.dragging) return;
  setTimeout(() => {
    view.dragging = false;
    if (!view.timers.confirm && view.graph) adoptAmount(view);
    requestFrame(view);
  });
}

function resetAmount(view) {
  if (view.parts.slider.disabled) return;
  view.parts.slider.value = 0;
  slide(view, 0);
  releaseAmount(view);
}

// After a release, older answers still on their way must not pull the slider back.
function heedAmount(view) {
  if (view.dragging || view.timers.release) return;
  if (view.pending === null || view.data.amount === view.pending) adoptAmount(view);
}

function adoptAmount(view) {
  clearTimeout(view.timers.confirm);
  view.timers.confirm = null;
  view.pending = null;
  view.amount = view.data.amount;
  view.givenRank = view.data.rank ?? null;
  view.parts.slider.value = Math.round(view.amount * STEPS);
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
