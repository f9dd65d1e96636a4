// Drags the slider for a while, one input event a frame, and returns what every frame took.

async ({ milliseconds, sweep }) => {
  const root = harness.root("view");
  const slider = root.querySelector("input[type=range]");
  const hook = harness.hook("view");
  const painted = hook.frames;
  const times = [];
  slider.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  await new Promise((done) => {
    let start = 0;
    const step = (now) => {
      start ||= now;
      times.push(now);
      if (now - start > milliseconds) return done();
      const phase = ((now - start) / sweep) % 2;
      slider.value = Math.round(1000 * (phase < 1 ? phase : 2 - phase));
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  window.dispatchEvent(new PointerEvent("pointerup"));
  const frames = times.slice(1).map((time, i) => time - times[i]);
  return { frames, painted: hook.frames - painted };
};
