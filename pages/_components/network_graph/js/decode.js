// bytes -> graph. Strict: whatever is not exactly the agreed payload is refused with a reason.

const MAGIC = "SPG1";
const NEVER = 0xffffffff;
const DRAW_BUDGET = 20000;
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

class PayloadError extends Error {}

function demand(condition, reason) {
  if (!condition) throw new PayloadError(reason);
}

function decodeGraph(bytes) {
  demand(bytes instanceof Uint8Array, "the data are not bytes");
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
  demand(buffer.byteLength >= 8, "the payload is too short");
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  demand(magic === MAGIC, "unknown payload version");
  const length = new DataView(buffer).getUint32(4, true);
  demand(length % 4 === 0 && 8 + length <= buffer.byteLength, "the header length is wrong");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, 8, length));
    return { header: JSON.parse(text), offset: 8 + length };
  } catch {
    throw new PayloadError("the header cannot be read");
  }
}

const isCount = (n) => Number.isSafeInteger(n) && n >= 0;

function checkHeader(header) {
  demand(header !== null && typeof header === "object", "the header is not an object");
  demand(typeof header.sig === "string" && header.sig !== "", "the signature is missing");
  demand(Array.isArray(header.layers) && header.layers.length > 0, "there are no layers");
  for (const key of ["fixed_pruned", "prunable", "edges_total", "weights_total"])
    demand(isCount(header[key]), `${key} is not a count`);
  demand(
    Array.isArray(header.groups) && header.groups.every((g) => g.length === 2 && g.every(isCount)),
    "the groups are not pairs of counts",
  );
  checkLayers(header.layers);
}

function checkLayers(layers) {
  let first = 0;
  for (const layer of layers) {
    demand(typeof layer.title === "string", "a layer has no title");
    demand(isCount(layer.drawn) && layer.drawn > 0 && isCount(layer.units), "a layer has no units");
    demand(layer.first === first, "the units of the layers do not follow each other");
    demand(isCount(layer.column) && layer.column <= layers.length, "a layer has no column");
    demand(!layer.names || layer.names.length === layer.drawn, "a layer has too few names");
    demand(!layer.grid || layer.grid[0] * layer.grid[1] === layer.drawn, "a grid has gaps");
    first += layer.drawn;
  }
}

function readArrays(buffer, start, specs) {
  demand(Array.isArray(specs), "the list of arrays is missing");
  const arrays = {};
  let offset = start;
  for (const [name, kind, length] of specs) {
    demand(ARRAYS[name] === kind && isCount(length), `unknown array ${name}`);
    demand(offset + 4 * length <= buffer.byteLength, `the array ${name} is cut off`);
    arrays[name] = new READERS[kind](buffer, offset, length);
    offset += 4 * length;
  }
  demand(offset === buffer.byteLength, "the payload has trailing bytes");
  for (const name of Object.keys(ARRAYS)) demand(name in arrays, `the array ${name} is missing`);
  return arrays;
}

function checkLengths(graph) {
  for (const name of ["source", "target", "weight", "strength", "count"])
    demand(graph[name].length === graph.edges, `the array ${name} has a wrong length`);
  demand(graph.edges < 2 ** 22, "there are too many connections");
  demand([0, 3 * graph.edges].includes(graph.thins_at.length), "thins_at has a wrong length");
  demand(graph.unit_dies_at.length === graph.nodes, "unit_dies_at has a wrong length");
}

function checkValues({ edges, nodes, source, target, dies_at, weight, strength }) {
  for (let e = 0; e < edges; e++) {
    demand(source[e] < nodes && target[e] < nodes, "a connection leads nowhere");
    demand(Number.isFinite(weight[e]), "a weight is not a number");
    demand(strength[e] >= 0 && Number.isFinite(strength[e]), "a strength is not a number");
    demand(e === 0 || dies_at[e] <= dies_at[e - 1], "the connections are out of order");
  }
}

// Strength order of all edges, and the strongest few that the graph view draws.
function drawOrder(graph) {
  const byStrength = sortByStrength(graph.strength);
  const paint = byStrength.slice(Math.max(0, graph.edges - DRAW_BUDGET));
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
    weakest: paint.length < graph.edges ? 0.8 * graph.strength[paint[0]] : 0,
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
