// Mouse, pen and fingers on the picture: hover, pick, pan, pinch, wheel.

const CLICK_SLACK = 5;

function bindPointer(view) {
  const { units } = view.parts;
  const fingers = new Map();
  view.on(units, "pointerdown", (event) => pointerDown(view, fingers, event));
  view.on(units, "pointermove", (event) => pointerMove(view, fingers, event));
  view.on(units, "pointerup", (event) => pointerUp(view, fingers, event));
  view.on(units, "pointercancel", (event) => fingers.delete(event.pointerId));
  view.on(units, "pointerleave", () => clearHover(view));
  view.on(units, "wheel", (event) => wheel(view, event), { passive: false });
}

const spot = (event) => ({ x: event.offsetX, y: event.offsetY });

function pointerDown(view, fingers, event) {
  fingers.set(event.pointerId, { ...spot(event), start: spot(event), moved: false });
  view.parts.units.setPointerCapture?.(event.pointerId);
}

function pointerMove(view, fingers, event) {
  const finger = fingers.get(event.pointerId);
  if (!finger) return hover(view, event);
  const now = spot(event);
  if (fingers.size === 2) pinch(view, fingers, event.pointerId, now);
  else dragPicture(view, finger, now);
  Object.assign(finger, now);
}

function dragPicture(view, finger, now) {
  const far = Math.hypot(now.x - finger.start.x, now.y - finger.start.y) > CLICK_SLACK;
  finger.moved ||= far;
  if (!finger.moved || view.zoom.k === 1) return;
  clearHover(view);
  panBy(view, now.x - finger.x, now.y - finger.y);
}

function pinch(view, fingers, id, now) {
  const [other] = [...fingers].filter(([key]) => key !== id).map(([, finger]) => finger);
  const mine = fingers.get(id);
  mine.moved = other.moved = true;
  const before = Math.hypot(mine.x - other.x, mine.y - other.y);
  const after = Math.hypot(now.x - other.x, now.y - other.y);
  if (before > 0) zoomAt(view, after / before, (now.x + other.x) / 2, (now.y + other.y) / 2);
}

function pointerUp(view, fingers, event) {
  const finger = fingers.get(event.pointerId);
  fingers.delete(event.pointerId);
  if (!finger || finger.moved || !view.graph) return;
  const at = inPicture(view, event);
  const unit = view.mode === "graph" ? unitAt(view, at.x, at.y) : null;
  if (event.pointerType !== "mouse") hover(view, event);
  if (view.mode === "graph") pick(view, unit === view.selected ? null : unit);
}

// Without ctrl the page scrolls as usual, unless the picture has the focus.
function wheel(view, event) {
  if (!event.ctrlKey && !event.metaKey && !view.parts.units.matches(":focus")) return;
  event.preventDefault();
  const { x, y } = spot(event);
  zoomAt(view, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0022)), x, y);
}

function inPicture({ zoom }, event) {
  const { x, y } = spot(event);
  return { x: (x - zoom.x) / zoom.k, y: (y - zoom.y) / zoom.k };
}

function hover(view, event) {
  if (!view.graph || view.dragging) return;
  const { x, y } = inPicture(view, event);
  const unit = view.mode === "graph" ? unitAt(view, x, y) : null;
  const edge = unit !== null ? null : edgeUnder(view, x, y);
  setHighlight(view, edge);
  view.parts.stage.classList.toggle("over-unit", unit !== null);
  if (unit === null && edge === null) return hideTooltip(view);
  showTooltip(view, unit !== null ? unitLines(view, unit) : edgeLines(view, edge), ...Object.values(spot(event)));
}

function edgeUnder(view, x, y) {
  return view.mode === "graph" ? edgeAt(view, x, y) : edgeInMatrix(view, x, y);
}

function setHighlight(view, edge) {
  if (view.highlight === edge) return;
  view.highlight = edge;
  view.dirty.units = true;
  requestFrame(view);
}

function clearHover(view) {
  hideTooltip(view);
  setHighlight(view, null);
}
