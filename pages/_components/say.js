// Sentences as Python says them: whole templates of the catalogue, filled in where they are shown.

const NAMED = { label: "aria-label", title: "title", placeholder: "placeholder" };

// `{name}` is a value as it is, `{name:,}` a number in groups; tables hold the forms of a message.
function say(messages, key, values = {}) {
  let text = messages[key] ?? "";
  while (typeof text === "object") text = text[formOf(text, values, messages.language)] ?? text.other;
  return text.replace(/\{(\w+)(:,)?\}/g, (_, name, grouped) =>
    grouped ? values[name].toLocaleString(messages.language) : values[name],
  );
}

function formOf({ by, count = "n" }, values, language) {
  return by ? values[by] : new Intl.PluralRules(language).select(values[count]);
}

// What a skeleton names by `data-text`, `data-label`, `data-title`, `data-placeholder`.
function sayNamed(root, messages) {
  for (const element of root.querySelectorAll("[data-text]"))
    setText(element, say(messages, element.dataset.text));
  for (const [name, attribute] of Object.entries(NAMED))
    for (const element of root.querySelectorAll(`[data-${name}]`))
      element.setAttribute(attribute, say(messages, element.dataset[name]));
}

// A share in per cent as Python's `share` and `as_set` write it; the template adds the sign.
function shareOf(share) {
  const size = 100 * share;
  const fine = asSet(share);
  if (Number(fine) >= 10 && Number(fine) <= 99) return String(Math.floor(size + 0.5));
  return Number.isInteger(Number(fine)) && fine !== "0" && fine !== "100" ? `${fine}.0` : fine;
}

function asSet(share) {
  const size = 100 * share;
  if (size > 5e-13 && size < 0.05) return "< 0.1";
  if (size >= 99.95 && size < 100 - 5e-13) return "> 99.9";
  const tenths = Math.floor(10 * size + 0.5);
  return tenths % 10 ? (tenths / 10).toFixed(1) : String(tenths / 10);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
