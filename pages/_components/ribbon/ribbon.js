// The amount as a slider under its curve, and three numbers that follow every move of it.

const STEPS = 1000;
const KEYBOARD_REST_MS = 300;
const CONFIRM_MS = 8000;
const SHARED_MS = 2000;
const PLAY_MS = 5000;
const GAP = 8; // pixels between two texts under the track
const COUNT = new Intl.NumberFormat("en");

const ribbons = new WeakMap();
let eventNumber = 0; // only grows, also where the page is built again
let outbox = []; // what was done and Python has not taken, all of it sent until it has

export default function mount({ data, parentElement, setTriggerValue }) {
  const ribbon = ribbons.get(parentElement) ?? openRibbon(parentElement);
  ribbon.setTriggerValue = setTriggerValue;
  receive(ribbon, data);
  return () => closeRibbon(ribbon, parentElement);
}

function openRibbon(parentElement) {
  const parts = {};
  for (const element of parentElement.querySelectorAll("[data-ref]"))
    parts[element.dataset.ref] = element;
  const closing = new AbortController();
  const on = (target, type, listener) =>
    target.addEventListener(type, listener, { signal: closing.signal });
  const ribbon = { parts, closing, on, channel: openChannel(), timers: {}, amount: 0, pending: null, sent: 0 };
  bindSlider(ribbon);
  bindButtons(ribbon);
  on(ribbon.channel, "curve", () => show(ribbon));
  ribbons.set(parentElement, ribbon);
  return ribbon;
}

function closeRibbon(ribbon, parentElement) {
  ribbon.stop?.();
  flush(ribbon);
  ribbon.closing.abort();
  clearTimeout(ribbon.timers.confirm);
  ribbons.delete(parentElement);
}

function note(what) {
  eventNumber = Math.max(eventNumber + 1, Date.now());
  outbox.push({ ...what, n: eventNumber });
}

function send(ribbon) {
  const { timers } = ribbon;
  clearTimeout(timers.rest);
  clearTimeout(timers.confirm);
  timers.rest = null;
  ribbon.sent = eventNumber;
  ribbon.setTriggerValue("done", { events: outbox });
  timers.confirm = setTimeout(() => adopt(ribbon), CONFIRM_MS);
}

function flush(ribbon) {
  if (ribbon.timers.rest) send(ribbon);
}

// ---- what people do

function bindSlider(ribbon) {
  const { on, parts } = ribbon;
  on(parts.slider, "pointerdown", () => {
    ribbon.stop?.();
    ribbon.dragging = true;
    ribbon.held = false;
  });
  on(window, "pointerup", () => endDrag(ribbon));
  on(window, "pointercancel", () => endDrag(ribbon));
  on(parts.slider, "input", () => slide(ribbon, Number(parts.slider.value) / STEPS));
  on(parts.slider, "change", () => slideEnded(ribbon));
  on(parts.slider, "keydown", (event) => (ribbon.held = event.repeat));
  on(parts.slider, "blur", () => flush(ribbon));
  on(parts.slider, "dblclick", () => resetAmount(ribbon));
}

function bindButtons(ribbon) {
  const { on, parts } = ribbon;
  on(parts.undo, "click", () => step(ribbon, -1));
  on(parts.redo, "click", () => step(ribbon, 1));
  on(parts.share, "click", () => share(ribbon));
  on(parts.play, "click", () => play(ribbon));
  on(window, "pointerdown", () => ribbon.stop?.());
  on(window, "keydown", () => ribbon.stop?.());
}

function slide(ribbon, amount) {
  ribbon.amount = ribbon.pending = amount;
  show(ribbon);
  tell(ribbon);
}

// Every press of a key is a plan; one that is held is one press.
function slideEnded(ribbon) {
  const last = outbox.at(-1);
  if (ribbon.held && last?.n > ribbon.sent && last.amount !== undefined) last.amount = ribbon.amount;
  else note({ amount: ribbon.amount });
  if (ribbon.dragging) return send(ribbon);
  clearTimeout(ribbon.timers.rest);
  ribbon.timers.rest = setTimeout(() => send(ribbon), KEYBOARD_REST_MS);
}

function step(ribbon, by) {
  note({ by });
  send(ribbon);
}

function endDrag(ribbon) {
  if (!ribbon.dragging || ribbon.stop) return;
  setTimeout(() => {
    ribbon.dragging = false;
    if (!ribbon.timers.confirm) adopt(ribbon);
    tell(ribbon);
  });
}

function resetAmount(ribbon) {
  slide(ribbon, 0);
  note({ amount: 0 });
  send(ribbon);
}

// From nothing to the bend of the curve, as if somebody dragged; any press stops it where it is.
function play(ribbon) {
  const { bend } = ribbon.channel.curve;
  const start = performance.now();
  const length = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : PLAY_MS;
  ribbon.dragging = true;
  ribbon.parts.slider.focus();
  ribbon.stop = () => {
    cancelAnimationFrame(ribbon.frame);
    ribbon.stop = null;
    ribbon.dragging = false;
    note({ amount: ribbon.amount });
    send(ribbon);
    tell(ribbon);
  };
  const step = (now) => {
    const share = length ? Math.min(1, Math.max(0, now - start) / length) : 1;
    slide(ribbon, Math.round(bend * share * STEPS) / STEPS);
    if (share < 1) ribbon.frame = requestAnimationFrame(step);
    else ribbon.stop();
  };
  ribbon.frame = requestAnimationFrame(step);
}

// Over plain http, as in a class room, browsers offer no clipboard but that of a selection.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.body.appendChild(document.createElement("textarea"));
  field.value = text;
  field.select();
  document.execCommand("copy");
  field.remove();
}

async function share(ribbon) {
  await copy(location.href);
  const { live, share: button } = ribbon.parts;
  setText(live, say(ribbon.data.messages, "shared"));
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), SHARED_MS);
}

// ---- what Python says

function receive(ribbon, data) {
  ribbon.data = data;
  outbox = outbox.filter(({ n }) => n > data.taken);
  if (outbox.length === 0 && !ribbon.dragging) adopt(ribbon);
  else show(ribbon);
}

function adopt(ribbon) {
  clearTimeout(ribbon.timers.confirm);
  ribbon.timers.confirm = ribbon.pending = null;
  ribbon.amount = ribbon.data.amount;
  show(ribbon);
  tell(ribbon);
}

function tell(ribbon) {
  const { amount, channel } = ribbon;
  const moving = Boolean(ribbon.dragging) || ribbon.pending !== null;
  channel.dispatchEvent(new CustomEvent("amount", { detail: { amount, moving, dragging: Boolean(ribbon.dragging) } }));
}

// ---- what is shown

function show(ribbon) {
  const { parts, data, amount } = ribbon;
  const curve = ribbon.channel.curve?.sig === data.sig ? ribbon.channel.curve : null;
  const said = readingAt(ribbon, curve);
  const pruned = prunedAt(ribbon, curve);
  for (const key of ["kept", "metric", "changed", "change", "outcomes"]) setText(parts[key], said[key]);
  for (const key of ["kept_of", "kept_name", "metric_name", "changed_name"])
    setText(parts[key], data[key]);
  setText(parts.percent, data.beside ? "" : pruned);
  setText(parts.beside, data.beside);
  parts.root.dataset.still = Boolean(data.beside);
  parts.slider.value = Math.round(amount * STEPS);
  sayNamed(parts.root, data.messages);
  parts.slider.setAttribute("aria-valuetext", say(data.messages, "value", { ...data, ...said, pruned }));
  parts.root.style.setProperty("--share", amount);
  parts.root.dataset.moving = said !== data.reading;
  parts.undo.disabled = !data.can_undo;
  parts.redo.disabled = !data.can_redo;
  parts.play.hidden = amount > 0 || !curve || !data.live;
  if (ribbon.drawn !== curve) drawCurve(ribbon, curve);
  showTurn(ribbon, curve);
}

// Where the chosen case changes: a mark on the track, and its sign once the slider is past it.
function showTurn({ parts, data, channel, amount }, curve) {
  const turn = curve && data.live && channel.turn?.sig === data.sig ? channel.turn : null;
  const there = turn !== null && turn.first !== null;
  const at = there && amount >= turn.first ? nearest(curve.amounts, amount) : null;
  const sign = at === null ? "▼" : turn.signs[at];
  parts.mark.hidden = !there;
  setText(parts.mark, there ? sign : "");
  setText(parts.turn, there ? say(data.messages, "turn", { sign, says: turn.says }) : (turn?.says ?? ""));
  for (const part of [parts.mark, parts.turn]) part.dataset.side = at === null ? "" : turn.sides[at];
  parts.root.style.setProperty("--turn", turn?.first ?? 0);
  parts.turn.dataset.end = amount > 0.5 ? "left" : "right";
  const [turned, pruned] = [parts.turn, parts.percent].map((part) => part.getBoundingClientRect());
  // Where both have no room the mark speaks alone; the words are heard all the same.
  parts.turn.classList.toggle("crowded", turned.left < pruned.right + GAP && pruned.left < turned.right + GAP);
}

// Exact where Python has answered or the sweep was there; between its amounts the nearest, marked.
function readingAt({ amount, pending, data }, curve) {
  if (pending === null || amount === data.amount) return data.reading;
  if (!curve) return { ...data.reading, kept: "…", metric: "…", change: "", changed: "…", outcomes: "" };
  const at = nearest(curve.amounts, amount);
  const kept = keptAt(curve, amount);
  if (!data.live) return { kept, metric: "…", change: "", changed: "…", outcomes: "" };
  const found = curve.readings[at];
  if (curve.amounts[at] === amount) return { ...found, kept };
  const near = (value) => say(data.messages, "near", { value });
  return { ...found, kept, metric: near(found.metric), changed: near(found.changed) };
}

// What was asked, and what that comes to where whole entries cannot hit it.
function prunedAt({ amount, data }, curve) {
  const { gone, total, many, before = null } = data;
  const all = total + (before ?? 0);
  const about = Math.max(0, amount * all - (before ?? 0));
  const found = amount === data.amount ? gone : curve ? goneAt(curve, amount) : about;
  const arrived = all - total;
  const [asked, got, there] = [amount, ...[arrived + found, arrived].map((count) => (all ? count / all : 0))].map(
    (share) => say(data.messages, "percent", { share: asSet(share) }),
  );
  const exact = asked === got ? "yes" : "no";
  if (before === null) return say(data.messages, "pruned", { exact, asked, got, gone: found, total, many });
  return say(data.messages, "pruned_of_all", { exact, asked, got, arrived: there });
}

function keptAt(curve, amount) {
  return COUNT.format(curve.total - goneAt(curve, amount));
}

function goneAt({ groups, fixed, total }, amount) {
  const taken = ([size, many, before = 0]) => many * Math.max(0, halfEven(amount * (size + before)) - before);
  const gone = groups.reduce((sum, group) => sum + taken(group), fixed);
  return Math.min(total, gone);
}

// Python's round(): the double product, ties to the even integer.
function halfEven(x) {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

function drawCurve(ribbon, curve) {
  ribbon.drawn = curve;
  const { guess, guessing, line } = ribbon.parts;
  const low = 100 * (1 - (curve?.guess ?? 1));
  guess.setAttribute("y1", low);
  guess.setAttribute("y2", low);
  guess.toggleAttribute("hidden", !curve || curve.guess === null);
  setText(guessing, curve && curve.guess !== null ? curve.guessing : "");
  guessing.style.setProperty("--low", low / 100);
  const points = (curve?.amounts ?? []).map((x, at) => [x, curve.heights[at]]);
  const known = points.filter(([, height]) => height !== null);
  line.setAttribute("points", known.map(([x, y]) => `${1000 * x},${100 * (1 - y)}`).join(" "));
}
