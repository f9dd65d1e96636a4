// Table view: the same data as real HTML tables, rebuilt on release.

const STRONGEST_ROWS = 50;

function fillTables(view) {
  const { labels, parts } = view;
  parts.table.replaceChildren(
    buildTable(
      labels.tableLayers,
      [labels.colLayers, labels.colKept, labels.colTotal, labels.colShare],
      layerRows(view),
      1,
    ),
    buildTable(
      labels.tableStrongest,
      [labels.colFrom, labels.colTo, labels.colWeight, labels.colDies],
      strongestRows(view),
      2,
    ),
  );
}

function layerRows({ graph, format, rank }) {
  const rows = new Map();
  for (let e = 0; e < graph.edges; e++) {
    const key = pairKey(graph, e);
    const row = rows.get(key) ?? { kept: 0, total: 0 };
    row.total += 1;
    if (graph.dies_at[e] > rank) row.kept += 1;
    rows.set(key, row);
  }
  const title = (key) => `${graph.layers[key >> 16].title} → ${graph.layers[key & 65535].title}`;
  return [...rows.keys()]
    .sort((a, b) => a - b)
    .map((key) => [title(key), rows.get(key)])
    .map(([name, { kept, total }]) => [
      name,
      format.count(kept),
      format.count(total),
      `${format.percent(kept / total)} %`,
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
  const { graph, format, labels } = view;
  const dies = amountAtRank(graph, graph.dies_at[edge]);
  return [
    unitName(view, graph.source[edge]),
    unitName(view, graph.target[edge]),
    format.weight(graph.weight[edge]),
    dies === null ? labels.never : `${format.percent(dies)} %`,
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
