// Measures from the moment the pointer goes up until every module adds what it has to.

({ values, patience }) => {
  const shown = () =>
    [...document.querySelectorAll("[data-modules=table] tbody tr")].map(
      (row) => row.cells[3]?.innerText.trim() ?? "",
    );
  const right = (texts) => texts.length === values.length && texts.every((t, i) => t === values[i]);
  window.benchRelease = new Promise((done) => {
    const released = () => {
      const start = performance.now();
      const timer = setInterval(() => {
        const waited = performance.now() - start;
        const texts = shown();
        if (!right(texts) && waited < patience) return;
        clearInterval(timer);
        done({ waited, texts, right: right(texts) });
      }, 5);
    };
    window.addEventListener("pointerup", released, { capture: true, once: true });
  });
};
