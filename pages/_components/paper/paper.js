// Paper is as wide as the page, and light: what is printed is what was seen, no chart is cut or moved
// apart.

const PLACE = Symbol.for("sparsight-paper");
const MARGIN = 8;
const LIGHT = `
  * { color-scheme: light !important; }
  .stApp { background: var(--paper) !important; color: var(--ink) !important; }
  .stApp * { --st-text-color: var(--ink) !important; --st-border-color: var(--line) !important; --st-background-color: var(--paper) !important;
    --st-secondary-background-color: var(--panel) !important; --st-primary-color: var(--action) !important; }
  .stApp a:not([href^="#"]) { color: var(--action) !important; }
  .stApp :is(summary, details, label *, [data-baseweb] *, [data-testid="stSelectbox"] *, [data-testid="stNumberInput"] *, [data-testid="stButtonGroup"] *) {
    background: none !important; color: var(--ink) !important; border-color: var(--line) !important;
  }`;
const TOKEN = /--[\w-]+: light-dark\((#\w{6}), (#\w{6})\)/g;

export default function mount() {
  if (globalThis[PLACE]) return;
  const sheet = document.head.appendChild(document.createElement("style"));
  globalThis[PLACE] = sheet;
  let restore = [];
  addEventListener("beforeprint", () => {
    restore = lightCharts();
    dress(sheet, pageAsWideAs(widthOfPage()) + LIGHT);
  });
  addEventListener("afterprint", () => {
    restore.forEach((back) => back());
    dress(sheet, "");
  });
}

// What paints on a canvas takes its colours anew.
function dress(sheet, style) {
  sheet.textContent = style;
  dispatchEvent(new Event("sparsight-paper"));
}

// Plotly writes the dark colours of the tokens into its drawing: puts the light ones in their place,
// and returns what takes them back.
function lightCharts() {
  if (!getComputedStyle(document.querySelector(".stApp")).colorScheme.includes("dark")) return [];
  const light = lightOfDark();
  const found = [];
  for (const { style } of document.querySelectorAll(".js-plotly-plot [style]"))
    for (const name of ["fill", "stroke"]) {
      const dark = style[name];
      if (!light.has(dark)) continue;
      style[name] = light.get(dark);
      found.push(() => (style[name] = dark));
    }
  return found;
}

function lightOfDark() {
  const styles = [...document.querySelectorAll("style")].map((one) => one.textContent).join();
  return new Map([...styles.matchAll(TOKEN)].map(([, light, dark]) => [asWritten(dark), light]));
}

const asWritten = (hex) => `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(", ")})`;

// The sides of A4, lying where the window is wide, so that letters stay large enough to read.
function pageAsWideAs(width) {
  const sides = width > 1000 ? 1 / Math.SQRT2 : Math.SQRT2;
  const whole = width + 2 * MARGIN;
  return `@page { size: ${whole}px ${Math.round(whole * sides)}px; margin: ${MARGIN}px; }`;
}

// Without the bar that scrolls it.
function widthOfPage() {
  return document.querySelector(".stMain")?.clientWidth ?? innerWidth;
}
