// Modules as circles with lines between them. Only text nodes and numbers are written.

const SVG = "http://www.w3.org/2000/svg";
const [EDGE, TOP] = [46, 40];
const [ROW, LARGEST] = [128, 32]; // pixels of a row of modules, and of the largest radius
const [LOW, SMALL] = [84, 20]; // the same where more than three modules stand in one column
const graphs = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[data-ref=graph]");
  const graph = graphs.get(root) ?? watched(root);
  graphs.set(root, graph);
  graph.data = data;
  const pick = (event) => {
    const node = event.target.closest("[data-module]");
    if (!node) return;
    graph.picks += 1;
    setTriggerValue("picked", { module: Number(node.dataset.module), n: graph.picks });
  };
  root.onclick = pick;
  root.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    pick(event);
  };
  update(root, graph);
}

function watched(root) {
  const graph = { picks: 0, drawn: "", data: null };
  new ResizeObserver(() => graph.data && update(root, graph)).observe(root);
  return graph;
}

function update(root, graph) {
  const { data } = graph;
  const width = Math.max(300, Math.round(root.clientWidth || 640));
  const wanted = JSON.stringify([width, data.nodes, data.links, data.hidden]);
  if (wanted !== graph.drawn) redraw(root, data, width);
  graph.drawn = wanted;
  mark(root, data.picked);
}

function redraw(root, data, width) {
  const focused = root.getRootNode().activeElement?.dataset?.module;
  const crowded = data.rows > 3;
  const height = TOP + (crowded ? LOW : ROW) * data.rows;
  const svg = made("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": data.title });
  const at = new Map(data.nodes.map((node) => [node.number, place(node, width, height)]));
  const columns = [...new Set(data.nodes.map((node) => node.x))].sort((a, b) => a - b);
  const step = (width - 2 * EDGE) / Math.max(1, columns.length - 1);
  const largest = crowded ? SMALL : LARGEST;
  const sizes = { radius: Math.min(largest, 0.42 * step), largest, step, columns };
  svg.append(...data.links.map((link) => line(link, at, sizes)));
  for (const node of data.nodes) svg.append(node.number < 0 ? end(node, at) : circle(node, at, data, sizes));
  root.replaceChildren(svg);
  if (focused !== undefined) root.querySelector(`[data-module="${Number(focused)}"]`)?.focus();
}

function mark(root, picked) {
  for (const node of root.querySelectorAll("[data-module]")) {
    node.setAttribute("aria-pressed", String(Number(node.dataset.module) === picked));
  }
  for (const link of root.querySelectorAll(".link")) {
    const ends = [Number(link.dataset.source), Number(link.dataset.target)];
    link.classList.toggle("faded", picked !== null && !ends.includes(picked));
  }
}

function place(node, width, height) {
  return [EDGE + node.x * (width - 2 * EDGE), TOP + node.y * (height - TOP) - 14];
}

function line(link, at, { step }) {
  const [[x1, y1], [x2, y2]] = [at.get(link.source), at.get(link.target)];
  const [middle, span] = [(x1 + x2) / 2, Math.abs(x2 - x1)];
  const level = Math.abs(y2 - y1) < 1;
  const bow = x2 < x1 ? 60 : level && span > 1.5 * step ? -Math.min(76, span / 4) : 0;
  const aside = span < 1 ? Math.min(90, step * 0.75) * (y2 > y1 ? 1 : -1) : 0;
  const path = made("path", {
    class: "link",
    d: `M${x1},${y1} C${middle + aside},${y1 + bow} ${middle + aside},${y2 + bow} ${x2},${y2}`,
    "stroke-width": (1 + 11 * link.width).toFixed(2),
    "data-source": link.source,
    "data-target": link.target,
  });
  path.append(title(link.text));
  return path;
}

function end(node, at) {
  const [x, y] = at.get(node.number);
  const group = made("g", { class: "end" });
  group.append(made("rect", { x: x - 34, y: y - 14, width: 68, height: 28, rx: 6 }), words(node.name, x, y + 5));
  return group;
}

function circle(node, at, data, { radius, largest, step, columns }) {
  const [x, y] = at.get(node.number);
  const kind = `node${node.positive ? "" : " negative"}${data.hidden.includes(node.number) ? " hidden" : ""}`;
  const group = made("g", { class: kind, role: "button", tabindex: 0, "data-module": node.number, "aria-label": node.text });
  group.append(
    title(node.text),
    made("circle", { class: "ring", cx: x, cy: y, r: radius + 5 }),
    made("circle", { class: "hit", cx: x, cy: y, r: radius + 5 }),
    made("circle", { class: "before", cx: x, cy: y, r: Math.max(2, radius * node.before).toFixed(1) }),
    made("circle", { class: "after", cx: x, cy: y, r: Math.max(2, radius * node.size).toFixed(1) }),
  );
  const low = step < 96 && columns.indexOf(node.x) % 2 === 1;
  const label = short(node.name, Math.max(4, Math.floor(((step < 96 ? 2 : 1) * step - 18) / 7)));
  const below = y + largest + (low ? 40 : 22);
  const wide = label.length * 6.6 + 14;
  const chip = made("rect", { class: "chip", x: x - wide / 2, y: below - 9, width: 9, height: 9, rx: 2, fill: node.colour });
  group.append(chip, words(label, x + 7, below));
  return group;
}

// A long name loses what stands in front of the last two parts, then its middle.
function short(name, most) {
  const last = name.length > most ? name.split(".").slice(-2).join(".") : name;
  const half = Math.floor((most - 1) / 2);
  return last.length > most ? `${last.slice(0, most - 1 - half)}…${last.slice(-half)}` : last;
}

function words(text, x, y) {
  const found = made("text", { x, y });
  found.textContent = text;
  return found;
}

function title(text) {
  const found = made("title", {});
  found.textContent = text;
  return found;
}

function made(name, attributes) {
  const found = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, String(value));
  return found;
}
