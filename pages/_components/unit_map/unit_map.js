// Hidden units as dots; those that are chosen become a module. Only text nodes are written.

const maps = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".map");
  const map = maps.get(root) ?? { made: 0, drawn: "", chosen: new Set(), focus: "0 0" };
  maps.set(root, map);
  map.parts = Object.fromEntries([...root.querySelectorAll("[data-ref]")].map((e) => [e.dataset.ref, e]));
  map.data = data;
  sayNamed(root, data.messages);
  const wanted = JSON.stringify(data.layers);
  const kind = JSON.stringify(data.layers.map((layer) => [layer.name, layer.dots.length]));
  if (kind !== map.kind) map.chosen.clear();
  map.kind = kind;
  if (wanted !== map.drawn) redraw(map);
  map.drawn = wanted;
  map.parts.layers.setAttribute("role", "group");
  map.parts.layers.setAttribute("aria-label", data.title);
  map.parts.layers.onclick = (event) => clicked(map, event.target);
  map.parts.layers.onkeydown = (event) => moved(map, event);
  map.parts.clear.onclick = () => (map.chosen.clear(), shown(map));
  map.parts.form.onsubmit = (event) => {
    event.preventDefault();
    const name = map.parts.name.value.trim();
    if (!name || !map.chosen.size) return map.parts.name.focus();
    map.made += 1;
    setTriggerValue("made", { name, units: unitsOf(map), n: map.made });
    map.chosen.clear();
    map.parts.name.value = "";
    shown(map);
  };
  shown(map);
}

function redraw(map) {
  const rows = map.data.layers.map((layer, row) => {
    const line = element("div", "layer");
    const name = element("button", "name", layer.title);
    name.type = "button";
    name.dataset.layer = row;
    name.title = say(map.data.messages, "choose_layer", { layer: layer.title });
    const dots = element("div", "dots");
    dots.append(...layer.dots.map((dot, place) => dotOf(dot, row, place)));
    line.append(name, dots);
    return line;
  });
  map.parts.layers.replaceChildren(...rows);
}

function dotOf(dot, row, place) {
  const button = element("button", dot.alive ? "dot" : "dot dead");
  button.type = "button";
  button.tabIndex = -1;
  button.title = dot.text;
  button.setAttribute("aria-label", dot.text);
  button.style.setProperty("--colour", dot.colour);
  button.dataset.dot = `${row} ${place}`;
  button.dataset.module = dot.module;
  return button;
}

function clicked(map, target) {
  const dot = target.closest("[data-dot]");
  const layer = target.closest("[data-layer]");
  if (dot) {
    toggled(map, dot.dataset.dot);
    map.focus = dot.dataset.dot;
  } else if (layer) {
    const row = Number(layer.dataset.layer);
    const keys = map.data.layers[row].dots.map((_, place) => `${row} ${place}`);
    const all = keys.every((key) => map.chosen.has(key));
    for (const key of keys) all ? map.chosen.delete(key) : map.chosen.add(key);
  }
  shown(map);
}

function toggled(map, key) {
  map.chosen.has(key) ? map.chosen.delete(key) : map.chosen.add(key);
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function moved(map, event) {
  const step = STEPS[event.key];
  if (!step || !event.target.dataset.dot) return;
  event.preventDefault();
  const [row, place] = event.target.dataset.dot.split(" ").map(Number);
  const next = clamp(row + step[0], map.data.layers.length);
  map.focus = `${next} ${clamp(place + step[1], map.data.layers[next].dots.length)}`;
  shown(map);
  map.parts.layers.querySelector(`[data-dot="${map.focus}"]`)?.focus();
}

function clamp(value, count) {
  return Math.min(count - 1, Math.max(0, value));
}

function shown(map) {
  const picked = map.data.picked;
  let units = 0;
  for (const button of map.parts.layers.querySelectorAll("[data-dot]")) {
    const on = map.chosen.has(button.dataset.dot);
    button.setAttribute("aria-pressed", String(on));
    button.tabIndex = button.dataset.dot === map.focus ? 0 : -1;
    button.classList.toggle("faded", picked !== null && Number(button.dataset.module) !== picked);
    if (on) units += size(map, button.dataset.dot);
  }
  const { messages } = map.data;
  map.parts.count.textContent = units
    ? say(messages, "chosen", { n: units })
    : say(messages, "none_chosen");
  for (const name of ["name", "make", "clear"]) map.parts[name].disabled = !units;
}

function size(map, key) {
  const dot = dotAt(map, key);
  return dot ? dot.end - dot.first : 0;
}

function dotAt(map, key) {
  const [row, place] = key.split(" ").map(Number);
  return map.data.layers[row]?.dots[place];
}

function unitsOf(map) {
  const units = {};
  for (const key of map.chosen) {
    const dot = dotAt(map, key);
    if (!dot) continue;
    const layer = map.data.layers[Number(key.split(" ")[0])].name;
    units[layer] = units[layer] ?? [];
    for (let unit = dot.first; unit < dot.end; unit += 1) units[layer].push(unit);
  }
  return units;
}

function element(name, kind, text) {
  const made = document.createElement(name);
  made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}
