// Cases as tiles: a click or an arrow key picks one, P pins it. Only text nodes are written.

const KEYBOARD_REST_MS = 200;
const grids = new WeakMap();
let eventNumber = 0; // only grows, also where the tiles are built again

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[data-ref=tiles]");
  const grid = grids.get(root) ?? openGrid(root);
  Object.assign(grid, { data, setTriggerValue });
  receive(grid);
  return () => {
    grid.closing.abort();
    grids.delete(root);
  };
}

function openGrid(root) {
  const grid = { root, drawn: "", picked: null, timer: null, closing: new AbortController() };
  const around = root.getRootNode().host?.closest("[data-testid=stPopoverBody]") ?? root;
  const signal = grid.closing.signal;
  root.addEventListener("click", (event) => pick(grid, event.target.closest("button")), { signal });
  around.addEventListener("keydown", (event) => pressed(grid, event), { signal });
  grids.set(root, grid);
  return grid;
}

function send(grid, name, row) {
  eventNumber = Math.max(eventNumber + 1, Date.now());
  grid.setTriggerValue(name, { row, n: eventNumber });
}

// ---- what people do

function pick(grid, tile) {
  if (!tile) return;
  mark(grid, Number(tile.dataset.row));
  send(grid, "picked", grid.picked);
}

function pressed(grid, event) {
  const typing = event.composedPath()[0].closest?.("input, textarea, [role=combobox], [role=listbox]");
  if (typing || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key.toLowerCase() === "p" && grid.picked !== null) return send(grid, "pinned", grid.picked);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(grid), ArrowDown: columns(grid) }[event.key];
  if (!step) return;
  event.preventDefault();
  walk(grid, step);
}

function walk(grid, step) {
  const tiles = [...grid.root.children];
  const at = tiles.findIndex((tile) => Number(tile.dataset.row) === grid.picked);
  const next = tiles[at < 0 ? 0 : at + step];
  if (!next) return;
  mark(grid, Number(next.dataset.row));
  next.focus();
  clearTimeout(grid.timer);
  grid.timer = setTimeout(() => rested(grid), KEYBOARD_REST_MS);
}

function rested(grid) {
  grid.timer = null;
  send(grid, "picked", grid.picked);
}

function columns({ root }) {
  return getComputedStyle(root).gridTemplateColumns.split(" ").length;
}

// ---- what is shown

function receive(grid) {
  const { data, root } = grid;
  root.style.colorScheme = getComputedStyle(document.querySelector(".stApp") ?? root).colorScheme;
  const wanted = JSON.stringify(data.cases);
  if (wanted !== grid.drawn) redraw(grid);
  grid.drawn = wanted;
  root.setAttribute("aria-label", data.title);
  if (!grid.timer) mark(grid, data.picked);
  for (const tile of root.children)
    tile.classList.toggle("pinned", Number(tile.dataset.row) === data.pinned);
}

function mark(grid, row) {
  grid.picked = row;
  const tiles = [...grid.root.children];
  const there = tiles.some((tile) => Number(tile.dataset.row) === row);
  tiles.forEach((tile, at) => {
    const picked = Number(tile.dataset.row) === row;
    tile.setAttribute("aria-checked", String(picked));
    tile.tabIndex = picked || (!there && at === 0) ? 0 : -1;
  });
}

function redraw({ root, data }) {
  const focused = root.getRootNode().activeElement?.dataset?.row;
  root.className = data.cases.some((one) => one.picture) ? "tiles pictures" : "tiles";
  root.replaceChildren(...data.cases.map((one) => tileOf(one, data.messages)));
  if (focused) root.querySelector(`[data-row="${Number(focused)}"]`)?.focus();
}

function tileOf(one, messages) {
  const tile = element("button", "tile");
  tile.type = "button";
  tile.dataset.row = one.row;
  tile.setAttribute("role", "radio");
  tile.setAttribute("aria-label", say(messages, "tile", one));
  if (one.picture.startsWith("data:image/png;base64,")) tile.append(picture(one.picture));
  const words = element("span", "words");
  words.append(element("span", "name", one.name));
  if (one.line) words.append(element("span", "line", one.line));
  words.append(element("span", `turn ${one.side}`, one.turn), element("span", "when", one.when));
  tile.append(words);
  return tile;
}

function picture(source) {
  const image = element("img", "picture");
  image.src = source;
  image.alt = "";
  return image;
}

function element(name, kind, text) {
  const made = document.createElement(name);
  made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}
