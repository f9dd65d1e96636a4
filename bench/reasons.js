// Measures from the moment the pointer goes up until the facts under the reasons are the right ones.

({ output, sums, patience }) => {
  const shown = () => {
    const rows = [...document.querySelectorAll("[data-reasons=facts] tr")];
    const pruned = (name) =>
      rows.find((r) => r.cells[0]?.innerText.trim() === name)?.cells[2]?.innerText.trim() ?? "";
    return [pruned("output explained"), pruned("sum of the values")];
  };
  const right = ([first, sum]) => first === output && sums.includes(sum);
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
