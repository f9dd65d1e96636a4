// Paper is as wide as the page: what is printed is what was seen, no chart is cut or moved apart.

const PLACE = Symbol.for("sparsight-paper");
const MARGIN = 8;

export default function mount() {
  if (globalThis[PLACE]) return;
  const sheet = document.head.appendChild(document.createElement("style"));
  globalThis[PLACE] = sheet;
  addEventListener("beforeprint", () => (sheet.textContent = pageAsWideAs(widthOfPage())));
}

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
