// Zoom and pan: a scale and a shift, kept so that the picture never leaves the stage.

const MOST_ZOOM = 12;
const ZOOM_REST_MS = 140;

const restZoom = () => ({ k: 1, x: 0, y: 0, moving: false, picture: null, pictured: null });

function zoomAt(view, factor, x, y) {
  const k = Math.max(1, Math.min(MOST_ZOOM, view.zoom.k * factor));
  const scale = k / view.zoom.k;
  moveZoom(view, { k, x: x - (x - view.zoom.x) * scale, y: y - (y - view.zoom.y) * scale });
}

function panBy(view, dx, dy) {
  moveZoom(view, { k: view.zoom.k, x: view.zoom.x + dx, y: view.zoom.y + dy });
}

function moveZoom(view, { k, x, y }) {
  hideTooltip(view);
  keepPicture(view);
  const { width, height } = view.layout;
  view.zoom.k = k;
  view.zoom.x = Math.min(0, Math.max(width * (1 - k), x));
  view.zoom.y = Math.min(0, Math.max(height * (1 - k), y));
  view.parts.stage.classList.toggle("zoomed", k > 1);
  clearTimeout(view.timers.zoom);
  view.timers.zoom = setTimeout(() => settleZoom(view), ZOOM_REST_MS);
  view.dirty.units = true;
  requestFrame(view);
}

function keepPicture(view) {
  const { zoom } = view;
  if (zoom.moving || view.mode !== "graph") return;
  zoom.picture = copyCanvas(view.parts.edges);
  zoom.pictured = { k: zoom.k, x: zoom.x, y: zoom.y };
  zoom.moving = true;
}

function copyCanvas(canvas) {
  const copy = document.createElement("canvas");
  copy.width = Math.max(1, canvas.width);
  copy.height = Math.max(1, canvas.height);
  copy.getContext("2d").drawImage(canvas, 0, 0);
  return copy;
}

function settleZoom(view) {
  Object.assign(view.zoom, { moving: false, picture: null });
  refreshLook(view);
  resetKeyframes(view);
  requestFrame(view);
}

function resetZoom(view) {
  moveZoom(view, { k: 1, x: 0, y: 0 });
}
