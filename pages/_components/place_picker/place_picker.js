// Pictures of a map as buttons: a click picks the place under the pointer, arrow keys step from it.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const REST = 150;
const pickers = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[data-ref=places]");
  const picker = pickers.get(root) ?? { picks: 0, timer: 0, at: data.at, sent: [] };
  pickers.set(root, picker);
  const send = () => {
    picker.timer = 0;
    picker.picks += 1;
    picker.sent.push(String(picker.at));
    setTriggerValue("placed", { row: picker.at[0], column: picker.at[1], n: picker.picks });
  };
  const move = (row, column, rest) => {
    picker.at = [within(row, data.rows), within(column, data.columns)];
    mark(root, data, picker.at);
    clearTimeout(picker.timer);
    picker.timer = setTimeout(send, rest);
  };
  root.onclick = (event) => {
    const picture = event.target.closest("button");
    if (!picture || event.detail === 0) return;
    const box = picture.getBoundingClientRect();
    const [across, down] = [event.clientX - box.left, event.clientY - box.top];
    move((down / box.height) * data.rows, (across / box.width) * data.columns, 0);
  };
  root.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step || !event.target.closest("button")) return;
    event.preventDefault();
    move(picker.at[0] + step[0], picker.at[1] + step[1], REST);
  };
  if (!picker.timer && isNews(picker.sent, String(data.at))) picker.at = data.at;
  if (root.children.length !== data.pictures.length) {
    root.replaceChildren(...data.pictures.map(figure));
  }
  data.pictures.forEach((picture, place) => fill(root.children[place], picture, data));
  mark(root, data, picker.at);
}

/** Return whether a place is more than the late answer to a step that others followed. */
function isNews(sent, at) {
  sent.splice(0, sent.includes(at) ? sent.lastIndexOf(at) + 1 : sent.length);
  return sent.length === 0;
}

function within(value, count) {
  return Math.min(count - 1, Math.max(0, Math.floor(value)));
}

function figure() {
  const made = document.createElement("figure");
  const button = document.createElement("button");
  button.type = "button";
  const image = document.createElement("img");
  image.alt = "";
  const dot = document.createElement("span");
  dot.className = "dot";
  button.append(image, dot);
  made.append(button, document.createElement("figcaption"));
  return made;
}

function fill(made, { caption, alt, over }, { rows, columns }) {
  const [button, title] = made.children;
  button.style.aspectRatio = `${columns} / ${rows}`;
  button.dataset.alt = alt;
  const image = button.firstChild;
  if (over.startsWith("data:image/png;base64,") && image.src !== over) image.src = over;
  title.textContent = caption;
}

function mark(root, { rows, columns, messages }, [row, column]) {
  for (const { firstChild: button } of root.children) {
    const dot = button.querySelector(".dot");
    dot.style.left = `${(100 * (column + 0.5)) / columns}%`;
    dot.style.top = `${(100 * (row + 0.5)) / rows}%`;
    const values = { picture: button.dataset.alt, row, column };
    button.setAttribute("aria-label", say(messages, "position", values));
  }
}
