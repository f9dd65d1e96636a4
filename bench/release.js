// Measures from the moment the pointer goes up until the page shows the numbers that it has to.

({ wanted, patience }) => {
  const shown = () =>
    [...document.querySelectorAll("[data-testid=stMetricValue]")].map((e) => e.innerText.trim());
  const right = (texts) => texts.length === wanted.length && texts.every((t, i) => t === wanted[i]);
  window.benchRelease = new Promise((done) => {
    const released = () => {
      const start = performance.now();
      const timer = setInterval(() => {
        const waited = performance.now() - start;
        const texts = shown();
        if (!right(texts) && waited < patience) return;
        clearInterval(timer);
        done({ waited, texts });
      }, 5);
    };
    window.addEventListener("pointerup", released, { capture: true, once: true });
  });
};
