// Units, names and headings: a second canvas above the edges, painted only when it changes.

function drawUnits(view, ctx) {
  clearCanvas(ctx);
  const near = view.paths ? neighbours(view) : null;
  view.layout.blocks.forEach((block) => drawBlock(view, ctx, block, near));
  if (view.highlight !== null) drawHighlight(view, ctx, view.highlight);
  ringUnit(view, ctx, view.selected, view.palette.text, []);
  if (view.focused) ringUnit(view, ctx, view.current, view.palette.accent, [3, 2]);
}

function neighbours({ graph, paths, selected, rank }) {
  const units = new Set([selected]);
  for (const edge of paths.near) {
    if (graph.dies_at[edge] <= rank) continue;
    units.add(graph.source[edge]).add(graph.target[edge]);
  }
  return units;
}

function drawBlock(view, ctx, block, near) {
  applyZoom(ctx, view);
  ctx.lineWidth = Math.min(1, block.radius * 0.35);
  for (const nodes of alikeUnits(view, block.layer, near).values())
    drawAlike(view, ctx, block, nodes, near !== null && !near.has(nodes[0]));
  drawNames(view, ctx, block);
  drawHeading(view, ctx, block);
}

// Units of one look share one path: what they share is life, distance to the selection, value.
function alikeUnits({ graph, rank, values }, layer, near) {
  const groups = new Map();
  for (let node = layer.first; node < layer.first + layer.drawn; node++) {
    const dead = graph.unit_dies_at[node] <= rank ? 1 : 0;
    const apart = near && !near.has(node) ? 2 : 0;
    const key = dead + apart + 4 * Math.round(24 * (values?.[node] ?? 2));
    if (groups.has(key)) groups.get(key).push(node);
    else groups.set(key, [node]);
  }
  return groups;
}

function drawAlike(view, ctx, block, nodes, apart) {
  const { fill, line } = unitColours(view, nodes[0], Boolean(block.layer.grid));
  ctx.globalAlpha = apart ? 0.3 : 1;
  ctx.fillStyle = css(fill);
  ctx.strokeStyle = css(line);
  ctx.beginPath();
  for (const node of nodes) traceUnit(view, ctx, block, node, 0);
  ctx.fill();
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function unitColours({ graph, palette, rank, values }, node, pixel) {
  const value = values?.[node];
  const known = typeof value === "number" && Number.isFinite(value);
  const line = mix(palette.background, palette.text, 0.55);
  const plain = mix(palette.background, palette.text, pixel ? 0.2 : 0.62);
  const fill = known ? signedColour(palette, value) : values ? palette.background : plain;
  if (graph.unit_dies_at[node] > rank) return { fill, line };
  return { fill: known ? mix(palette.background, fill, 0.3) : palette.background, line };
}

function traceUnit({ layout }, ctx, block, node, margin) {
  const x = layout.x[node];
  const y = layout.y[node];
  const r = block.radius + margin;
  if (block.layer.grid) ctx.rect(x - r + 0.5, y - r + 0.5, 2 * r - 1, 2 * r - 1);
  else if (block.layer.kind.startsWith("conv")) ctx.roundRect(x - r, y - r, 2 * r, 2 * r, r / 3);
  else traceDot(ctx, x, y, r);
}

function traceDot(ctx, x, y, r) {
  ctx.moveTo(x + r, y);
  ctx.arc(x, y, r, 0, 2 * Math.PI);
}

function ringUnit(view, ctx, node, colour, dash) {
  if (node === null || view.mode !== "graph") return;
  applyZoom(ctx, view);
  ctx.setLineDash(dash);
  ctx.strokeStyle = css(colour);
  ctx.lineWidth = 2;
  ctx.beginPath();
  traceUnit(view, ctx, view.layout.blocks[view.graph.layerOf[node]], node, 3);
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawHighlight(view, ctx, edge) {
  applyZoom(ctx, view);
  ctx.strokeStyle = css(view.palette.text);
  ctx.lineWidth = 2 * view.look.scale;
  ctx.beginPath();
  traceEdge(ctx, view.scene, edge);
  ctx.stroke();
}

// ---- text keeps its size whatever the zoom

const NAME_LINES = 3;
const NAMES_TOUCH = 1.5; // pixels by which the boxes of two names may overlap, as letters leave them free

function toScreen({ zoom }, x, y) {
  return [x * zoom.k + zoom.x, y * zoom.k + zoom.y];
}

function drawNames(view, ctx, block) {
  const { layer } = block;
  if (!layer.names || layer.grid || !(block.first || block.last)) return;
  const gap = block.gap * view.zoom.k;
  const size = nameSize(gap);
  const room = (block.last ? view.layout.gutters.right : view.layout.gutters.left) - 12;
  const side = block.last ? 1 : -1;
  startText(view, ctx, block.last ? "left" : "right", "middle", "400", size);
  const names = layer.names.map((name) => wrapped(ctx, name, room));
  const tall = size * Math.max(...names.map((lines) => lines.length));
  const step = Math.ceil((tall - NAMES_TOUCH) / gap);
  for (let i = 0; i < layer.drawn; i += step) {
    const node = layer.first + i;
    const reach = side * (block.radius + 6 / view.zoom.k);
    const [x, y] = toScreen(view, view.layout.x[node] + reach, view.layout.y[node]);
    ctx.fillStyle = css(view.palette.text, view.graph.unit_dies_at[node] <= view.rank ? 0.55 : 1);
    const first = y - ((names[i].length - 1) * size) / 2;
    names[i].forEach((line, at) => ctx.fillText(line, x, first + at * size));
  }
}

// A name in lines that fit the room, broken between words; only what no three lines hold is cut.
function wrapped(ctx, name, room) {
  const lines = [];
  for (const word of name.split(" ")) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && ctx.measureText(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length > NAME_LINES) lines.splice(NAME_LINES - 1, lines.length, lines.slice(NAME_LINES - 1).join(" "));
  return lines.map((line) => shorten(ctx, line, room));
}

// Headings that have no room beside each other stand in turn on two lines, in place of the counts.
function drawHeading(view, ctx, block) {
  const { staggered, whole } = view.layout;
  const low = staggered && block.layer.column % 2 === 1;
  const [left, right] = headSlot(view, block).map((edge) => toScreen(view, edge, 0)[0]);
  const [centre, top] = toScreen(view, block.x, block.headTop);
  const room = right - left - HEAD_GAP;
  startText(view, ctx, "center", "top", "600");
  const title = shorten(ctx, whole ? block.layer.title : lastPart(block.layer.title), room);
  const x = clampText(centre, ctx.measureText(title).width, left, right);
  ctx.fillStyle = css(view.palette.text);
  outlined(view, ctx, title, x, top + grown * (low ? 23 : 6));
  if (staggered) return;
  startText(view, ctx, "center", "top");
  const units = unitsText(view, block.layer);
  ctx.fillStyle = css(mix(view.palette.background, view.palette.text, 0.72));
  const shown = ctx.measureText(units).width <= room ? units : view.format.count(block.layer.units);
  const text = shorten(ctx, shown, room);
  outlined(view, ctx, text, clampText(centre, ctx.measureText(text).width, left, right), top + 23 * grown);
}

function headSlot({ layout }, { slot: [left, right] }) {
  const more = layout.staggered ? (right - left) / 2 : 0;
  return [Math.max(0, left - more), Math.min(layout.width, right + more)];
}

// Text that stays readable where connections run behind it.
function outlined({ palette }, ctx, text, x, y) {
  ctx.strokeStyle = css(palette.background, 0.9);
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

function unitsText({ messages }, { drawn, units }) {
  return drawn < units
    ? say(messages, "unit_groups", { n: units, drawn })
    : say(messages, "units", { n: units });
}

const clampText = (centre, width, left, right) =>
  Math.max(left + width / 2 + 2, Math.min(right - width / 2 - 2, centre));

function startText({ palette, ratio }, ctx, align, baseline, weight = "400", size = chartText()) {
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.font = `${chartFont(weight, size)} ${palette.font}`;
  ctx.textAlign = align;
  ctx.textBaseline = baseline;
}

function shorten(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ctx.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low ? `${text.slice(0, low)}…` : "";
}
