// What pruning does, beside the network: the answer in words, whose decisions changed, what each
// layer keeps. All of it follows every move of the slider.

const views = new WeakMap();

export default function mount({ data, parentElement }) {
  const view = views.get(parentElement) ?? openView(parentElement);
  view.data = data;
  sayNamed(view.parts.root, data.messages);
  buildRows(view);
  show(view);
  return () => closeView(view, parentElement);
}

function openView(parentElement) {
  const parts = {};
  for (const element of parentElement.querySelectorAll("[data-ref]"))
    parts[element.dataset.ref] = element;
  const closing = new AbortController();
  const view = { parts, closing, channel: openChannel(), told: null };
  const on = (type, listener) =>
    view.channel.addEventListener(type, listener, { signal: closing.signal });
  on("amount", (event) => follow(view, event.detail));
  on("effects", () => show(view));
  views.set(parentElement, view);
  return view;
}

function closeView(view, parentElement) {
  view.closing.abort();
  views.delete(parentElement);
}

function follow(view, told) {
  view.told = told;
  show(view);
}

// ---- what is shown

function show(view) {
  const { parts, data, channel } = view;
  if (!data) return;
  const curve = channel.effects?.sig === data.sig && data.live ? channel.effects : null;
  const { effects, mark } = readingAt(view, curve);
  setText(parts.says, effects.says);
  setText(parts.room, curve ? `${longest(curve)} ${data.metric}` : "");
  setText(parts.scale, effects.scale);
  setText(parts.note, curve?.note ?? "");
  parts.note.hidden = !curve?.note;
  place(parts.groups, effects.groups, mark, effects.everybody);
  place(parts.kept, effects.kept, mark);
}

// Exact where Python has answered or the sweep was there; between its amounts the nearest, marked.
// The ribbon hears Python's answer before this panel does: until then what it tells holds.
function readingAt({ data, told }, curve) {
  const exact = { effects: data.effects, mark: (text) => text };
  if (!curve || !told || told.amount === data.amount) return exact;
  const at = nearest(curve.amounts, told.amount);
  const effects = curve.effects[at];
  if (curve.amounts[at] === told.amount) return { effects, mark: exact.mark };
  return { effects, mark: (value) => say(data.messages, "near", { value }) };
}

// The metric is compared with its noise on release only: room for its sentence is kept as well.
function longest(curve) {
  return curve.effects.reduce((most, { says }) => (says.length > most.length ? says : most), "");
}

function place(part, found, mark, everybody = 0) {
  part.querySelectorAll("tr").forEach((row, at) => {
    const [text, value, low, high] = found[at];
    const [dashed, interval, dot, bar] = row.querySelectorAll("i");
    setText(row.lastElementChild, mark(text));
    dashed.style.left = percent(everybody);
    dot.style.left = bar.style.width = percent(value);
    Object.assign(interval.style, { left: percent(low), width: percent(high - low) });
  });
}

const percent = (share) => `${100 * share}%`;

// ---- rows stay the same at every amount

function buildRows({ parts, data }) {
  for (const [part, section, tables] of [
    [parts.groups, parts.whose, data.groups],
    [parts.kept, parts.layered, data.layers],
  ]) {
    section.hidden = tables.length === 0;
    const rows = JSON.stringify(tables);
    if (part.dataset.rows === rows) continue;
    part.dataset.rows = rows;
    fill(part, tables, data.messages);
  }
}

function fill(part, tables, messages) {
  part.replaceChildren(...tables.filter((one) => !one.folded).map(tableOf));
  const folded = tables.filter((one) => one.folded);
  if (folded.length === 0) return;
  const n = folded.reduce((sum, { rows }) => sum + rows.length, 0);
  const more = part.appendChild(document.createElement("details"));
  more.appendChild(document.createElement("summary")).textContent = say(messages, "more", { n });
  more.append(...folded.map(tableOf));
}

function tableOf({ title, rows }) {
  const table = document.createElement("table");
  if (title) table.createCaption().textContent = title;
  const body = table.createTBody();
  for (const { name, quiet } of rows) {
    const row = body.insertRow();
    row.classList.toggle("quiet", quiet);
    row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: name }));
    const track = row.insertCell();
    track.ariaHidden = "true";
    track.append(trackOf());
    row.insertCell();
  }
  return table;
}

function trackOf() {
  const track = Object.assign(document.createElement("span"), { className: "track" });
  for (const name of ["everybody", "interval", "dot", "bar"])
    track.appendChild(document.createElement("i")).className = name;
  return track;
}
