// Numbers as a language writes them.

function formatterFor(locale) {
  const integer = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const weight = new Intl.NumberFormat(locale, {
    maximumSignificantDigits: 3,
    minimumSignificantDigits: 3,
    signDisplay: "always",
  });
  return {
    count: (n) => integer.format(n),
    percent: (share) => percent.format(share * 100),
    weight: (w) => weight.format(w).replace("-", "−"),
  };
}
