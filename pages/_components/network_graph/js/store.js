// Decoded graphs by signature, shared by every mount on the page.

const graphs = new Map(); // sig -> {graph, holders}
const waiting = new Set(); // functions called whenever the store changes
const stored = new WeakMap(); // store mount -> sig
let failure = null;

function storeGraph(parentElement, bytes) {
  const previous = stored.get(parentElement);
  try {
    const graph = decodeGraph(bytes);
    failure = null;
    retain(graph);
    stored.set(parentElement, graph.sig);
  } catch (error) {
    failure = { reason: "unread", ...error.failure };
    stored.delete(parentElement);
  }
  if (previous !== undefined) release(previous);
  waiting.forEach((listener) => listener());
}

function retain(graph) {
  const entry = graphs.get(graph.sig) ?? { graph, holders: 0 };
  entry.holders += 1;
  graphs.set(graph.sig, entry);
}

function release(sig) {
  const entry = graphs.get(sig);
  if (!entry) return;
  entry.holders -= 1;
  if (entry.holders === 0) graphs.delete(sig);
}

function forgetStore(parentElement) {
  const sig = stored.get(parentElement);
  stored.delete(parentElement);
  if (sig !== undefined) release(sig);
}

const graphFor = (sig) => graphs.get(sig)?.graph ?? null;
