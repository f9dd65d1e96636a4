// Every sentence a person can read or hear, in English; Python may replace any of them.

const DEFAULT_LABELS = {
  locale: "en",
  loading: "Preparing the network graph…",
  slider: "Share pruned",
  viewSwitch: "View",
  graph: "Graph",
  matrix: "Matrix",
  table: "Table",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  zoomReset: "Reset zoom",
  pruned: "{percent} % pruned",
  kept: "{kept} of {total} connections kept",
  everythingGone: "Every connection is gone.",
  nothingToDraw: "This network has no connections to draw.",
  positive: "positive weight",
  negative: "negative weight",
  removed: "removed",
  strength: "wider is stronger",
  strengthMatrix: "deeper is stronger",
  hollow: "unit without connections",
  leftOut: "Drawing the strongest {drawn} of {total} connections.",
  leftOutMatrix: "Showing the strongest {drawn} of {total} connections.",
  bundles: "Lines stand for bundles: {edges} lines for {weights} weights, thinner as weights go.",
  matrixHint: "One pixel per connection: columns are the units it leaves, rows the units it enters.",
  units: "{count} units",
  oneUnit: "1 unit",
  unitGroups: "{count} units in {drawn} groups",
  unit: "{layer} {index}",
  unitGroup: "{layer} {from}–{to}",
  pixel: "{layer} row {row}, column {column}",
  edge: "{from} → {to}",
  weight: "weight {weight}",
  bundleWeight: "sum of weights {weight}",
  standsFor: "stands for {count} weights, at most {left} left",
  keptUntil: "kept, removed at {percent} %",
  keptAlways: "kept at every amount",
  removedAt: "removed at {percent} %",
  removedAlways: "removed at every amount",
  unitAlive: "{incoming} kept connections in, {outgoing} out",
  unitDead: "removed from the network",
  value: "value {value}",
  picked: "showing only the paths of {unit}",
  unpicked: "showing every path",
  canvas: "Network graph: {layers} layers, {edges} connections drawn.",
  canvasHint:
    "Arrow keys move between units, Enter shows only the paths of a unit, Escape shows all, " +
    "plus and minus zoom, 0 resets the zoom.",
  tableLayers: "Connections kept in each layer",
  tableStrongest: "The strongest connections still alive",
  colLayers: "From → to",
  colKept: "Kept",
  colTotal: "Total",
  colShare: "Kept share",
  colFrom: "From",
  colTo: "To",
  colWeight: "Weight",
  colDies: "Removed at",
  never: "never",
  badPayload: "The network graph cannot be drawn: {reason}",
};

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function formatterFor(locale) {
  const integer = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const weight = new Intl.NumberFormat(locale, {
    maximumSignificantDigits: 3,
    minimumSignificantDigits: 3,
    signDisplay: "always",
  });
  return {
    count: (n) => integer.format(n),
    percent: (share) => percent.format(share * 100),
    weight: (w) => weight.format(w).replace("-", "−"),
  };
}

function safeFormatter(locale) {
  try {
    return formatterFor(locale);
  } catch {
    return formatterFor("en");
  }
}
