// Colours come from the page's theme; the same pair means the same thing everywhere.

function readPalette(root) {
  const style = getComputedStyle(root);
  const probe = root.appendChild(document.createElement("i"));
  const read = (name) => {
    probe.style.color = `var(${name})`;
    return parseColour(getComputedStyle(probe).color);
  };
  const found = {
    background: read("--sg-background"),
    text: read("--sg-text"),
    border: read("--sg-border"),
    accent: read("--sg-accent"),
    positive: read("--sg-positive"),
    negative: read("--sg-negative"),
    removed: read("--sg-removed"),
    thick: Number(style.getPropertyValue("--thick")) || 1, // more in class
    grown: letters(),
    font: style.getPropertyValue("--sg-font").trim() || "sans-serif",
  };
  probe.remove();
  grown = found.grown;
  return found;
}

// Text is larger where the letters of the page are, as in class.
const letters = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
let grown = letters();
const chartText = () => 13 * grown;
const smallText = () => 11 * grown;

const chartFont = (weight, size = chartText()) => `${weight} ${size}px`;

const colourProbe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function parseColour(text) {
  colourProbe.clearRect(0, 0, 1, 1);
  colourProbe.fillStyle = "#808080";
  colourProbe.fillStyle = text;
  colourProbe.fillRect(0, 0, 1, 1);
  return [...colourProbe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const css = ([r, g, b], alpha = 1) => `rgba(${r}, ${g}, ${b}, ${alpha})`;

const mix = (a, b, share) => a.map((c, i) => Math.round(c + (b[i] - c) * share));

function signedColour(palette, value) {
  const strong = value < 0 ? palette.negative : palette.positive;
  return mix(palette.background, strong, Math.min(1, Math.abs(value)));
}

// Thin out the weak ones on crowded pictures, so that the strong ones stay readable.
function edgeStyle(strength, crowd) {
  const faint = Math.min(0.34, 9 / Math.sqrt(crowd));
  return { width: 0.6 + 3 * strength ** 1.3, alpha: faint + (0.95 - faint) * strength ** 1.15 };
}
