// bytes -> graph. Strict: whatever is not exactly the agreed payload is refused with a reason.

const MAGIC = "SPG1";
const NEVER = 0xffffffff;
const DRAW_BUDGET = 20000;
const MANY_COLUMNS = 6;
const CROWD_BUDGET = 2000; // lines of a network with more columns, evenly from weak to strong
const READERS = { u4: Uint32Array, f4: Float32Array };
const ARRAYS = {
  source: "u4",
  target: "u4",
  dies_at: "u4",
  weight: "f4",
  strength: "f4",
  count: "u4",
  thins_at: "u4",
  unit_dies_at: "u4",
};

// Its reason is a form of the message `payload`, which may name a field.
class PayloadError extends Error {
  constructor(reason, field = "") {
    super(reason);
    this.failure = { reason, field };
  }
}

function demand(condition, reason, field) {
  if (!condition) throw new PayloadError(reason, field);
}

function decodeGraph(bytes) {
  demand(bytes instanceof Uint8Array, "data_not_bytes");
  const buffer = bytes.slice().buffer; // the transport's view need not be 4-byte aligned
  const { header, offset } = readHeader(buffer);
  checkHeader(header);
  const graph = { ...header, ...readArrays(buffer, offset, header.arrays) };
  graph.nodes = header.layers.reduce((sum, layer) => sum + layer.drawn, 0);
  graph.edges = graph.dies_at.length;
  checkLengths(graph);
  checkValues(graph);
  return { ...graph, ...drawOrder(graph) };
}

function readHeader(buffer) {
  demand(buffer.byteLength >= 8, "payload_too_short");
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  demand(magic === MAGIC, "unknown_version");
  const length = new DataView(buffer).getUint32(4, true);
  demand(length % 4 === 0 && 8 + length <= buffer.byteLength, "header_length_wrong");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, 8, length));
    return { header: JSON.parse(text), offset: 8 + length };
  } catch {
    throw new PayloadError("header_unread");
  }
}

const isCount = (n) => Number.isSafeInteger(n) && n >= 0;

function checkHeader(header) {
  demand(header !== null && typeof header === "object", "header_not_object");
  demand(typeof header.sig === "string" && header.sig !== "", "signature_missing");
  demand(Array.isArray(header.layers) && header.layers.length > 0, "no_layers");
  for (const key of ["fixed_pruned", "prunable", "edges_total", "weights_total", "zeros"])
    demand(isCount(header[key]), "not_count", key);
  demand(
    Array.isArray(header.groups) && header.groups.every((g) => [2, 3].includes(g.length) && g.every(isCount)),
    "groups_not_pairs",
  );
  checkLayers(header.layers);
}

function checkLayers(layers) {
  let first = 0;
  for (const layer of layers) {
    demand(typeof layer.title === "string", "layer_no_title");
    demand(isCount(layer.drawn) && layer.drawn > 0 && isCount(layer.units), "layer_no_units");
    demand(layer.first === first, "units_apart");
    demand(isCount(layer.column) && layer.column <= layers.length, "layer_no_column");
    demand(!layer.names || layer.names.length === layer.drawn, "layer_too_few_names");
    demand(!layer.grid || layer.grid[0] * layer.grid[1] === layer.drawn, "grid_gaps");
    first += layer.drawn;
  }
}

function readArrays(buffer, start, specs) {
  demand(Array.isArray(specs), "arrays_missing");
  const arrays = {};
  let offset = start;
  for (const [name, kind, length] of specs) {
    demand(ARRAYS[name] === kind && isCount(length), "unknown_array", name);
    demand(offset + 4 * length <= buffer.byteLength, "array_cut_off", name);
    arrays[name] = new READERS[kind](buffer, offset, length);
    offset += 4 * length;
  }
  demand(offset === buffer.byteLength, "trailing_bytes");
  for (const name of Object.keys(ARRAYS)) demand(name in arrays, "array_missing", name);
  return arrays;
}

function checkLengths(graph) {
  for (const name of ["source", "target", "weight", "strength", "count"])
    demand(graph[name].length === graph.edges, "array_wrong_length", name);
  demand(graph.edges < 2 ** 22, "too_many_connections");
  demand([0, 3 * graph.edges].includes(graph.thins_at.length), "array_wrong_length", "thins_at");
  demand(graph.unit_dies_at.length === graph.nodes, "array_wrong_length", "unit_dies_at");
}

function checkValues({ edges, nodes, source, target, dies_at, weight, strength }) {
  for (let e = 0; e < edges; e++) {
    demand(source[e] < nodes && target[e] < nodes, "leads_nowhere");
    demand(Number.isFinite(weight[e]), "weight_not_number");
    demand(strength[e] >= 0 && Number.isFinite(strength[e]), "strength_not_number");
    demand(e === 0 || dies_at[e] <= dies_at[e - 1], "out_of_order");
  }
}

const isCrowded = ({ layers, edges }) =>
  edges > CROWD_BUDGET && Math.max(...layers.map((layer) => layer.column)) >= MANY_COLUMNS;

// Every so many, so that as large a share of the lines goes as of the connections; else the strongest.
function drawn(graph, byStrength) {
  if (!isCrowded(graph)) return byStrength.slice(Math.max(0, graph.edges - DRAW_BUDGET));
  const every = Math.ceil(graph.edges / CROWD_BUDGET);
  return byStrength.filter((_, place) => (graph.edges - 1 - place) % every === 0);
}

// Strength order of all edges, and those that the graph view draws.
function drawOrder(graph) {
  const byStrength = sortByStrength(graph.strength);
  const paint = drawn(graph, byStrength);
  const place = new Int32Array(graph.edges).fill(-1);
  paint.forEach((edge, position) => (place[edge] = position));
  const byDeath = place.filter((position) => position >= 0);
  const deaths = new Uint32Array(byDeath.length);
  byDeath.forEach((position, i) => (deaths[i] = graph.dies_at[paint[position]]));
  const strongest = graph.edges ? graph.strength[byStrength[graph.edges - 1]] : 0;
  return {
    byStrength, // edge ids, weakest first
    paint, // the drawn edge ids, weakest first: the order in which they are painted
    byDeath, // positions in `paint`, longest-lived first
    deaths, // dies_at along `byDeath`
    strongest: strongest || 1,
    even: isCrowded(graph),
    weakest: graph.edges > DRAW_BUDGET ? 0.8 * graph.strength[paint[0]] : 0,
    unitDeaths: graph.unit_dies_at.slice().sort(),
    layerOf: layerOfNode(graph),
  };
}

// Non-negative floats sort like their bits: bits and edge id fit one exact double, sorted natively.
function sortByStrength(strength) {
  const bits = new Uint32Array(strength.buffer, strength.byteOffset, strength.length);
  const keys = new Float64Array(bits.length);
  for (let e = 0; e < bits.length; e++) keys[e] = (bits[e] & 0x7fffffff) * 2 ** 22 + e;
  return Uint32Array.from(keys.sort(), (key) => key % 2 ** 22);
}

function layerOfNode(graph) {
  const layerOf = new Uint16Array(graph.nodes);
  graph.layers.forEach((layer, i) => layerOf.fill(i, layer.first, layer.first + layer.drawn));
  return layerOf;
}
