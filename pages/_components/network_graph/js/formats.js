// Numbers as a language writes them.

// What is smaller is said to be so; three digits of it would tell nothing.
const LEAST = 0.001;

function formatterFor(locale) {
  const integer = new Intl.NumberFormat(locale);
  const weight = new Intl.NumberFormat(locale, {
    maximumSignificantDigits: 3,
    minimumSignificantDigits: 3,
    signDisplay: "always",
  });
  const small = new Intl.NumberFormat(locale, {
    maximumFractionDigits: 3,
    minimumFractionDigits: 3,
    signDisplay: "always",
  });
  return {
    count: (n) => integer.format(n),
    weight: (w) =>
      w !== 0 && Math.abs(w) < LEAST
        ? `${w > 0 ? "< " : "> −"}${LEAST}`
        : (Math.abs(w) < 1 ? small : weight).format(w).replace("-", "−"),
  };
}
