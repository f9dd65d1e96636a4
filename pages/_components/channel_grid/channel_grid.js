// Channels as buttons: pictures, bars or tokens of two networks. Only text nodes are written.

const grids = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[data-ref=grid]");
  const grid = grids.get(root) ?? { picks: 0, drawn: "" };
  grids.set(root, grid);
  root.onclick = (event) => {
    const tile = event.target.closest("button[data-channel]");
    if (!tile) return;
    grid.picks += 1;
    setTriggerValue("picked", { channel: Number(tile.dataset.channel), n: grid.picks });
  };
  const wanted = JSON.stringify(data.tiles);
  if (wanted !== grid.drawn) redraw(root, data);
  grid.drawn = wanted;
  root.setAttribute("aria-label", data.title);
  for (const tile of root.children) {
    tile.setAttribute("aria-pressed", String(Number(tile.dataset.channel) === data.picked));
  }
}

function redraw(root, data) {
  const focused = root.getRootNode().activeElement?.dataset?.channel;
  root.className = `grid ${data.kind}`;
  root.replaceChildren(...data.tiles.map(tileOf));
  if (focused) root.querySelector(`[data-channel="${Number(focused)}"]`)?.focus();
}

function tileOf(tile) {
  const button = element("button", "tile");
  button.type = "button";
  button.dataset.channel = tile.channel;
  button.setAttribute("aria-label", tile.alt);
  const sides = element("span", "sides");
  sides.append(...tile.sides.map(sideOf));
  button.append(element("span", "title", tile.title), sides);
  return button;
}

function sideOf(side) {
  const box = element("span", side.dead ? "side dead" : "side");
  box.append(element("span", "caption", side.caption));
  if (side.over !== undefined) box.append(picture(side));
  if (side.bar) box.append(bar(side.bar));
  if (side.tokens) box.append(line(side.tokens));
  box.append(element("span", "note", side.note));
  return box;
}

function picture({ under, over, ratio }) {
  const box = element("span", "picture");
  box.style.aspectRatio = String(ratio);
  for (const [name, source] of [["under", under], ["over", over]]) {
    if (!source?.startsWith("data:image/png;base64,")) continue;
    const image = element("img", name);
    image.src = source;
    image.alt = "";
    box.append(image);
  }
  return box;
}

function bar({ share, text }) {
  const box = element("span", "bar");
  const fill = element("span", share < 0 ? "fill negative" : "fill");
  fill.style.width = `${Math.min(100, 100 * Math.abs(share))}%`;
  const track = element("span", "track");
  track.append(fill);
  box.append(track, element("span", "value", text));
  return box;
}

function line(tokens) {
  const box = element("span", "tokens");
  for (const [text, share] of tokens) {
    const word = element("span", share < 0 ? "token negative" : "token", text);
    word.style.setProperty("--share", `${Math.round(100 * Math.min(1, Math.abs(share)))}%`);
    box.append(word, " ");
  }
  return box;
}

function element(name, kind, text) {
  const made = document.createElement(name);
  made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}
