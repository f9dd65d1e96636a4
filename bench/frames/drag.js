// Tells amounts for a while, one a frame as the ribbon does, and returns what every frame took.

async ({ milliseconds, sweep }) => {
  const channel = globalThis[Symbol.for("sparsight-ribbon")];
  const tell = (detail) => channel.dispatchEvent(new CustomEvent("amount", { detail }));
  const hook = harness.hook("view");
  const painted = hook.frames;
  const times = [];
  await new Promise((done) => {
    let start = 0;
    const step = (now) => {
      start ||= now;
      times.push(now);
      if (now - start > milliseconds) return done();
      const phase = ((now - start) / sweep) % 2;
      const amount = Math.round(1000 * (phase < 1 ? phase : 2 - phase)) / 1000;
      tell({ amount, moving: true, dragging: true });
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  tell({ amount: 0, moving: false, dragging: false });
  const frames = times.slice(1).map((time, i) => time - times[i]);
  return { frames, painted: hook.frames - painted };
};
