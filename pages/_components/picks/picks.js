// Buttons in the tables of the page: Python is told which was pressed, and it keeps the focus.

let presses = 0;
let stop = () => {};

export default function mount({ setTriggerValue }) {
  const pressed = (event) => {
    const pick = pickOf(event.target);
    if (!pick) return;
    presses += 1;
    setTriggerValue("picked", { pick, n: presses });
    keepFocus(pick);
  };
  stop();
  document.addEventListener("click", pressed);
  stop = () => document.removeEventListener("click", pressed);
  return stop;
}

/** Return the word of a button, or of the one button of the row that a click falls into. */
function pickOf(target) {
  const button = target.closest("[data-pick]");
  if (button) return button.dataset.pick;
  const inside = target.closest("tr")?.querySelectorAll("[data-pick]") ?? [];
  return inside.length === 1 ? inside[0].dataset.pick : "";
}

/** Bring the focus back to a button when its table is drawn anew. */
function keepFocus(pick) {
  const button = () => document.querySelector(`[data-pick="${CSS.escape(pick)}"]`);
  const before = button();
  if (document.activeElement !== before) return;
  const watching = new MutationObserver(() => {
    if (button() === before || document.activeElement !== document.body) return;
    button()?.focus({ preventScroll: true });
    watching.disconnect();
  });
  watching.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => watching.disconnect(), 5000);
}
