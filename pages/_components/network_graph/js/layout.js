// Where everything stands: layers in columns from left to right, units as dots or a pixel grid.

const heading = () => 46 * grown;
const HEAD_GAP = 8;
const FOOT = 14;

function layoutGraph(graph, size, measure) {
  const columns = columnsOf(graph.layers);
  const blocks = columns.flatMap((layers) => stackBlocks(layers, size));
  blocks.forEach((block) => shapeBlock(block, size));
  const gutters = labelGutters(columns, blocks, size.width, measure);
  placeColumns(columns, blocks, gutters, size);
  const room = ({ slot: [left, right] }) => right - left - HEAD_GAP;
  const whole = blocks.every((block) => measure(block.layer.title, chartFont("600")) <= room(block));
  const staggered = blocks.some((block) => block.head > room(block));
  const points = { x: new Float32Array(graph.nodes), y: new Float32Array(graph.nodes) };
  blocks.forEach((block) => placeUnits(block, points));
  blocks.sort((a, b) => a.layer.first - b.layer.first);
  return { ...points, blocks, gutters, whole, staggered, ...size };
}

function columnsOf(layers) {
  const columns = new Map();
  for (const layer of layers) {
    if (!columns.has(layer.column)) columns.set(layer.column, []);
    columns.get(layer.column).push(layer);
  }
  return [...columns.keys()].sort((a, b) => a - b).map((key) => columns.get(key));
}

// Named units of the first and last column carry their names outside the picture, and half of what
// their headings need stands there too.
function labelGutters(columns, blocks, width, measure) {
  const limit = Math.max(52, Math.min(240 * grown, width * 0.3));
  for (const block of blocks) block.head = measure(lastPart(block.layer.title), chartFont("600"));
  const beside = ({ layer, gap, head, width }) => {
    const names = layer.grid ? [] : (layer.names ?? []);
    const font = chartFont("400", nameSize(gap));
    const widest = names.reduce((most, name) => Math.max(most, measure(name, font)), 0);
    return Math.max(widest ? Math.min(limit, widest + 1) + 12 : 0, (head - width) / 2 + HEAD_GAP);
  };
  const gutter = (layers) => Math.max(8, ...blocks.filter((b) => layers.includes(b.layer)).map(beside));
  const left = gutter(columns[0]);
  const right = columns.length > 1 ? gutter(columns[columns.length - 1]) : 8;
  return { left, right };
}

// Names stand one below the other: a little smaller where that gives each of them its line.
const nameSize = (gap) => (gap < smallText() - 1 || gap >= chartText() ? chartText() : smallText());

// The last part of a dotted name says most where the whole of all of them has no room.
const lastPart = (title) => title.slice(title.lastIndexOf(".") + 1);

// Layers of one column share its height by their unit counts, nobody less than a fair minimum.
function stackBlocks(layers, { height }) {
  const shares = layers.map((layer) => Math.sqrt(layer.drawn));
  const sum = shares.reduce((a, b) => a + b, 0);
  let top = 0;
  return layers.map((layer, i) => {
    const tall = (height * shares[i]) / sum;
    const block = { layer, headTop: top, top: top + heading(), bottom: top + tall - FOOT };
    top += tall;
    return block;
  });
}

function shapeBlock(block, size) {
  const { layer } = block;
  block.height = Math.max(20, block.bottom - block.top);
  block.middle = block.top + block.height / 2;
  if (layer.grid) shapeGrid(block, size);
  else shapeDots(block, size);
}

function shapeGrid(block, { width }) {
  const [rows, columns] = block.layer.grid;
  const side = Math.min(0.94 * block.height, 0.27 * width);
  block.cell = Math.min(36, side / Math.max(rows, columns));
  block.radius = block.cell / 2;
  block.width = block.cell * columns;
}

// Too many units for one line: several staggered lines keep the dots visible and in order.
function shapeDots(block, { width }) {
  const { drawn } = block.layer;
  const gap = block.height / drawn;
  block.lanes = Math.max(1, Math.min(Math.ceil(5.5 / gap), Math.floor((0.12 * width) / 6) || 1));
  block.gap = Math.min(gap, block.lanes === 1 ? 34 : gap);
  block.radius = Math.max(1.2, Math.min(9, 0.4 * block.gap * block.lanes));
  block.laneGap = Math.max(5, 2.5 * block.radius);
  block.width = 2 * block.radius + (block.lanes - 1) * block.laneGap;
}

function placeColumns(columns, blocks, gutters, { width }) {
  const widths = columns.map((layers) =>
    Math.max(...blocks.filter((b) => layers.includes(b.layer)).map((b) => b.width)),
  );
  const used = widths.reduce((a, b) => a + b, 0) + gutters.left + gutters.right;
  const gap = columns.length > 1 ? Math.max(4, (width - used) / (columns.length - 1)) : 0;
  let x = columns.length > 1 ? gutters.left : (width - widths[0]) / 2;
  const centres = widths.map((wide) => {
    const centre = x + wide / 2;
    x += wide + gap;
    return centre;
  });
  blocks.forEach((block) => {
    const c = columns.findIndex((layers) => layers.includes(block.layer));
    block.x = centres[c];
    block.first = c === 0;
    block.last = c === columns.length - 1 && c > 0;
    block.slot = [
      c === 0 ? 0 : (centres[c - 1] + centres[c]) / 2,
      c === columns.length - 1 ? width : (centres[c] + centres[c + 1]) / 2,
    ];
  });
}

function placeUnits(block, { x, y }) {
  const { layer } = block;
  const columns = layer.grid?.[1];
  for (let i = 0; i < layer.drawn; i++) {
    const node = layer.first + i;
    if (layer.grid) {
      x[node] = block.x + ((i % columns) + 0.5) * block.cell - block.width / 2;
      y[node] = block.middle + (Math.floor(i / columns) + 0.5 - layer.grid[0] / 2) * block.cell;
    } else {
      x[node] = block.x + ((i % block.lanes) - (block.lanes - 1) / 2) * block.laneGap;
      y[node] = block.middle + (i + 0.5 - layer.drawn / 2) * block.gap;
    }
  }
}

// Connections that skip a column bend around it, to the nearer edge of the picture.
function bendOf(graph, layout, edge) {
  const from = layout.blocks[graph.layerOf[graph.source[edge]]];
  const to = layout.blocks[graph.layerOf[graph.target[edge]]];
  const columns = to.layer.column - from.layer.column;
  if (columns === 1) return 0;
  const middle = (layout.y[graph.source[edge]] + layout.y[graph.target[edge]]) / 2;
  const most = 0.16 * layout.height;
  const up = middle < layout.height / 2;
  return up ? -Math.min(most, middle - heading()) : Math.min(most, layout.height - 4 - middle);
}
