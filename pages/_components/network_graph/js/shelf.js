// The whole module travels once, with the store; a view's own module only waits for it here.

function openLibrary(name) {
  const place = Symbol.for(name);
  if (globalThis[place]) return globalThis[place];
  const library = {};
  library.arrived = new Promise((resolve) => (library.register = resolve));
  globalThis[place] = library;
  return library;
}
