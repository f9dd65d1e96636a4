// Two kinds of mounts share this module: a store (bytes, once) and views (a few values, often).

const views = new WeakMap();

openLibrary(LIBRARY).register(mount);

export default function mount({ data, parentElement, setTriggerValue }) {
  if (!parentElement.querySelector("[data-ref=root]")) return mountStore(data, parentElement);
  const view = views.get(parentElement) ?? newView(parentElement);
  view.api = { setTriggerValue };
  receive(view, data ?? {});
  return () => closeView(view, parentElement);
}

function mountStore(data, parentElement) {
  if (data) storeGraph(parentElement, data);
  return () => forgetStore(parentElement);
}

function newView(parentElement) {
  const view = {
    parts: findParts(parentElement),
    hook: { ready: false, settled: false, frames: 0 },
    stillness: window.matchMedia("(prefers-reduced-motion: reduce)"),
    zoom: restZoom(),
    fade: { bitmap: null, until: 0 },
    dirty: { units: true, edges: true, dead: -1, rank: -1 },
    timers: { confirm: null, zoom: null },
    data: {},
    messages: {},
    format: formatterFor(),
    graph: null,
    layout: null,
    paths: null,
    values: null,
    highlight: null,
    selected: null,
    pending: null,
    givenRank: null,
    current: 0,
    amount: 0,
    rank: 0,
    frames: 0,
    builds: 0,
    paintedAt: 0,
    pace: 0,
    hurry: false,
    more: false,
    sharp: false,
    frame: 0,
    mode: "graph",
    focused: false,
    dragging: false,
    gone: false,
  };
  openView(view, parentElement);
  return view;
}

function findParts(parentElement) {
  const parts = {};
  for (const element of parentElement.querySelectorAll("[data-ref]"))
    parts[element.dataset.ref] = element;
  parts.modes = [...parentElement.querySelectorAll("[data-mode-choice]")];
  return parts;
}

function openView(view, parentElement) {
  const { edges, units, root } = view.parts;
  const closing = new AbortController();
  view.on = (target, type, listener, options) =>
    target.addEventListener(type, listener, { ...options, signal: closing.signal });
  view.edgesCtx = edges.getContext("2d");
  view.unitsCtx = units.getContext("2d");
  edges.sparsight = units.sparsight = view.hook;
  bindControls(view);
  bindPointer(view);
  bindKeyboard(view);
  view.on(window, "sparsight-paper", () => paintNow(view));
  view.listener = () => adoptGraph(view);
  waiting.add(view.listener);
  view.observer = new ResizeObserver(() => restyle(view));
  view.observer.observe(root);
  view.closing = closing;
  views.set(parentElement, view);
}

function closeView(view, parentElement) {
  view.gone = true;
  view.closing.abort();
  view.observer.disconnect();
  waiting.delete(view.listener);
  cancelAnimationFrame(view.frame);
  Object.values(view.timers).forEach(clearTimeout);
  views.delete(parentElement);
}

// ---- what Python says

function receive(view, data) {
  const before = view.data;
  view.data = { amount: 0, ...data };
  view.messages = data.messages ?? {};
  view.format = formatterFor(view.messages.language);
  view.palette = readPalette(view.parts.root);
  adoptGraph(view);
  heedAmount(view);
  if (data.mode && data.mode !== before.mode) setMode(view, data.mode);
  if (view.graph) receiveForGraph(view, data, before);
}

function receiveForGraph(view, data, before) {
  const fits = Array.isArray(data.values) && data.values.length === view.graph.nodes;
  view.values = fits ? data.values : null;
  if (data.selected !== before.selected) selectUnit(view, knownUnit(view.graph, data.selected));
  restyle(view);
}

const knownUnit = (graph, unit) =>
  Number.isInteger(unit) && unit >= 0 && unit < graph.nodes ? unit : null;

function adoptGraph(view) {
  const graph = graphFor(view.data.sig);
  showWaiting(view, graph ?? view.graph);
  if (!graph || graph === view.graph) return;
  const sameUnits = view.graph?.nodes === graph.nodes;
  view.graph = graph;
  view.current = sameUnits ? view.current : 0;
  view.selected = sameUnits ? view.selected : knownUnit(graph, view.data.selected);
  view.paths = view.selected === null ? null : pathsOf(graph, view.selected);
  view.highlight = null;
  view.layout = null;
  receiveForGraph(view, view.data, view.data);
}

function showWaiting(view, graph) {
  const { root, skeleton, error } = view.parts;
  const failed = !graph && failure !== null;
  root.dataset.state = failed ? "failed" : graph ? "ready" : "waiting";
  skeleton.hidden = Boolean(graph) || failed;
  error.hidden = !failed;
  setText(error, failed ? failureText(view.messages) : "");
  showTexts(view);
}

function failureText(messages) {
  return say(messages, "bad_payload", { reason: say(messages, "payload", failure) });
}

// ---- size, theme, geometry

function restyle(view) {
  view.palette = readPalette(view.parts.root);
  resize(view);
}

// Paper does not wait for the next frame.
function paintNow(view) {
  restyle(view);
  if (!view.layout) return;
  while (!isSharp(view.keyframes, view.rank)) paintSlice(view.keyframes, view, view.rank);
  paintFrame(view, performance.now());
}

function resize(view) {
  if (!view.graph) return;
  const width = Math.floor(view.parts.root.clientWidth) - 2;
  if (width < 40) return;
  const usual = Math.round(Math.max(380, Math.min(600, width * 0.54)));
  const height = view.mode === "matrix" ? matrixTall(view, width, usual) : usual;
  const style = styleKey(view, width, height);
  if (view.styled !== style) rebuild(view, { width, height }, style);
  showTexts(view);
  settleNow(view);
}

function matrixTall(view, width, usual) {
  return Math.min(4000, Math.max(160, matrixHeight([...pairPanels(view.graph).values()], width, usual)));
}

const styleKey = ({ palette, graph, mode }, width, height) =>
  JSON.stringify([palette, graph.sig, mode, width, height, window.devicePixelRatio]);

function rebuild(view, size, style) {
  view.styled = style;
  view.builds += 1;
  view.ratio = Math.min(2, window.devicePixelRatio || 1);
  view.pixelWidth = Math.round(size.width * view.ratio);
  view.pixelHeight = Math.round(size.height * view.ratio);
  for (const canvas of [view.parts.edges, view.parts.units]) sizeCanvas(view, canvas, size);
  view.layout = layoutGraph(view.graph, size, measurer(view));
  view.scene = makeScene(view.graph, view.layout, view.palette);
  view.zoom = restZoom();
  refreshLook(view);
  resetKeyframes(view);
  if (view.mode === "matrix") rebuildMatrix(view, size);
}

function rebuildMatrix(view, size) {
  view.matrix = makeMatrix(view.graph, view.palette);
  placePanels(view.matrix.panels, size);
}

function sizeCanvas({ pixelWidth, pixelHeight }, canvas, { width, height }) {
  canvas.width = pixelWidth;
  canvas.height = pixelHeight;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

function measurer({ unitsCtx, palette }) {
  return (text, font) => {
    unitsCtx.font = `${font} ${palette.font}`;
    return unitsCtx.measureText(text).width;
  };
}

// Bring everything that is not painted per frame up to date.
function settleNow(view) {
  if (!view.graph) return;
  view.rank = view.givenRank ?? rankOf(view.graph, view.amount);
  view.dirty.units = view.dirty.edges = true;
  if (view.mode === "table") fillTables(view);
  requestFrame(view);
}
