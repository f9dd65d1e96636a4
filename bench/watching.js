// Measures from the moment the pointer goes up until the page shows what it has to.

(given, shown, right) => {
  window.benchRelease = new Promise((done) => {
    const released = () => {
      const start = performance.now();
      const timer = setInterval(() => {
        const waited = performance.now() - start;
        const texts = shown();
        if (!right(texts, given) && waited < given.patience) return;
        clearInterval(timer);
        done({ waited, texts, right: right(texts, given) });
      }, 5);
    };
    window.addEventListener("pointerup", released, { capture: true, once: true });
  });
}
