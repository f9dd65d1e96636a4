// Where the mounts of one page meet: the sweep as the store sends it, the amount that others follow.

function openChannel() {
  const place = Symbol.for("sparsight-ribbon");
  globalThis[place] ??= Object.assign(new EventTarget(), { curve: null, turn: null, effects: null });
  return globalThis[place];
}

// The place of the amount of a sweep that is nearest to another.
function nearest(amounts, amount) {
  let best = 0;
  for (let at = 1; at < amounts.length; at += 1)
    if (Math.abs(amounts[at] - amount) < Math.abs(amounts[best] - amount)) best = at;
  return best;
}
