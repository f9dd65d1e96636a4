// Table view: the same data as real HTML tables, rebuilt on release.

const STRONGEST_ROWS = 50;

function fillTables(view) {
  const { messages, parts } = view;
  parts.table.replaceChildren(
    buildTable(
      say(messages, "layers"),
      [
        say(messages, "layers_from_to"),
        say(messages, "layers_kept"),
        say(messages, "layers_total"),
        say(messages, "layers_share"),
      ],
      layerRows(view),
      1,
    ),
    buildTable(
      say(messages, "strongest"),
      [
        say(messages, "strongest_from"),
        say(messages, "strongest_to"),
        say(messages, "strongest_weight"),
        say(messages, "strongest_removed"),
      ],
      strongestRows(view),
      2,
    ),
  );
}

function layerRows({ graph, format, messages, rank }) {
  const rows = new Map();
  for (let e = 0; e < graph.edges; e++) {
    const key = pairKey(graph, e);
    const row = rows.get(key) ?? { kept: 0, total: 0 };
    row.total += 1;
    if (graph.dies_at[e] > rank) row.kept += 1;
    rows.set(key, row);
  }
  const { layers } = graph;
  const title = (key) => edgeTitle(messages, layers[key >> 16].title, layers[key & 65535].title);
  return [...rows.keys()]
    .sort((a, b) => a - b)
    .map((key) => [title(key), rows.get(key)])
    .map(([name, { kept, total }]) => [
      name,
      format.count(kept),
      format.count(total),
      say(messages, "share", { percent: shareOf(kept / total) }),
    ]);
}

function strongestRows(view) {
  const { graph, rank } = view;
  const rows = [];
  for (let i = graph.edges - 1; i >= 0 && rows.length < STRONGEST_ROWS; i--) {
    const edge = graph.byStrength[i];
    if (graph.dies_at[edge] > rank) rows.push(edgeRow(view, edge));
  }
  return rows;
}

function edgeRow(view, edge) {
  const { graph, format, messages } = view;
  const dies = amountAtRank(graph, graph.dies_at[edge]);
  return [
    unitName(view, graph.source[edge]),
    unitName(view, graph.target[edge]),
    format.weight(graph.weight[edge]),
    dies === null
      ? say(messages, "never")
      : say(messages, "share", { percent: asSet(dies) }),
  ];
}

// The first `named` columns are names, the others numbers.
function buildTable(caption, heads, rows, named) {
  const table = document.createElement("table");
  table.createCaption().textContent = caption;
  const head = table.createTHead().insertRow();
  const kind = (column) => (column < named ? "name" : "number");
  heads.forEach((text, i) => head.append(cellOf("th", text, { scope: "col", className: kind(i) })));
  const body = table.createTBody();
  for (const [first, ...rest] of rows) {
    const row = body.insertRow();
    row.append(cellOf("th", first, { scope: "row", className: kind(0) }));
    rest.forEach((text, i) => row.append(cellOf("td", text, { className: kind(i + 1) })));
  }
  return table;
}

function cellOf(tag, text, attributes) {
  return Object.assign(document.createElement(tag), { textContent: text }, attributes);
}
