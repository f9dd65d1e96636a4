// Mounts the component as Streamlit does: shadow roots, one module per text, data per call.

const KEPT = "{kept} of {total} connections kept"; // of what kind is for Python to say
const html = await (await fetch("/view.html")).text();
const css = await (await fetch("/view.css")).text();
const messages = { ...(await (await fetch("/messages.json")).json()), kept: KEPT };
const events = [];
const hosts = new Map();

function host(key, markup, style) {
  if (hosts.has(key)) return hosts.get(key);
  const element = document.createElement("div");
  element.id = key;
  document.getElementById("page").append(element);
  const root = element.attachShadow({ mode: "open" });
  const wrapper = document.createElement("div");
  wrapper.append(document.createRange().createContextualFragment(markup));
  wrapper.append(Object.assign(document.createElement("style"), { textContent: style }));
  root.append(wrapper);
  hosts.set(key, { root, cleanup: null });
  return hosts.get(key);
}

async function mount(url, key, mounted, data) {
  const module = await import(url);
  const setTriggerValue = (name, value) => events.push({ key, name, value });
  mounted.cleanup = await module.default({ data, parentElement: mounted.root, setTriggerValue, key });
}

window.harness = {
  events,
  async store(key, path) {
    const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
    await mount("/store.js", key, host(key, "", ""), bytes);
  },
  storeBytes: (key, bytes) => mount("/store.js", key, host(key, "", ""), Uint8Array.from(bytes)),
  view: (key, data) =>
    mount("/view.js", key, host(key, html, css), { ...data, messages: { ...messages, ...data.messages } }),
  root: (key) => hosts.get(key).root,
  hook: (key) => hosts.get(key)?.root.querySelector("canvas").sparsight,
  async unmount(key) {
    hosts.get(key).cleanup?.();
    document.getElementById(key).remove();
    hosts.delete(key);
  },
};
window.harnessReady = true;
