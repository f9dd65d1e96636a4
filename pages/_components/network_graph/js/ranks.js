// amount <-> rank: the one rule by which the browser knows what is gone. No pruning logic here.

// Python's round(): the double product, ties to the even integer.
function roundHalfEven(x) {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

function rankOf(graph, amount) {
  let rank = graph.fixed_pruned;
  for (const [size, many, before = 0] of graph.groups)
    rank += many * Math.max(0, roundHalfEven(amount * (size + before)) - before);
  return rank;
}

// How many of these deaths (sorted, latest first) lie after the rank.
function aliveCount(deaths, rank) {
  let low = 0;
  let high = deaths.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (deaths[middle] > rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

function deadUnits(graph, rank) {
  let low = 0;
  let high = graph.nodes;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (graph.unitDeaths[middle] <= rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The smallest slider step at which a rank is reached; null when no amount reaches it.
function amountAtRank(graph, rank) {
  if (rank === NEVER || rankOf(graph, 1) < rank) return null;
  let low = 0;
  let high = STEPS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rankOf(graph, middle / STEPS) >= rank) high = middle;
    else low = middle + 1;
  }
  return low / STEPS;
}

const STEPS = 1000;

// Quarters of a bundle that are left at a rank: 4 (whole) to 1; 0 when it is gone.
function quartersLeft(graph, edge, rank) {
  if (graph.dies_at[edge] <= rank) return 0;
  if (graph.thins_at.length === 0 || graph.count[edge] <= 1) return 4;
  let left = 4;
  for (let i = 3 * edge; i < 3 * edge + 3; i++) if (graph.thins_at[i] <= rank) left -= 1;
  return left;
}
