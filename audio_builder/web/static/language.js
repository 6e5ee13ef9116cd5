// The page's language: its texts, which the page brings with it, and how it writes numbers, lengths and lists.

export const language = document.documentElement.lang;

const texts = JSON.parse(document.querySelector("#texts").textContent);
const rules = new Intl.PluralRules(language);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** A text in the page's language, with `values` in place of names in braces. */
export const _ = (text, values = {}) => fill(texts[text] ?? text, values);

/** A text that has several meanings in English; `context` tells which one this is. */
export const pgettext = (context, text, values = {}) => fill(texts[`${context}|${text}`] ?? text, values);

/** The text that suits the number `n`, which it can have as {n}. */
export const ngettext = (one, other, n, values = {}) => {
  const forms = texts[one] ?? { one, other };
  return fill(forms[rules.select(n)] ?? forms.other, { n: number(n), ...values });
};

export const number = (n) => new Intl.NumberFormat(language).format(n);
export const percent = (share) => new Intl.NumberFormat(language, { style: "percent" }).format(share);
export const list = (things) => new Intl.ListFormat(language).format(things);

const unit = (n, name, unitDisplay) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay }).format(n);

/** Minutes in few letters: 20 min. */
export const minutes = (n) => unit(n, "minute", "short");

/** A length in words: 1 hour 5 minutes. */
export const words = (seconds) => {
  const parts = [[Math.floor(seconds / 3600), "hour"], [Math.floor(seconds / 60) % 60, "minute"], [seconds % 60, "second"]];
  const some = parts.filter(([n]) => n);
  const shown = (some.length ? some : [[0, "second"]]).map(([n, name]) => unit(n, name, "long"));
  return new Intl.ListFormat(language, { type: "unit", style: "narrow" }).format(shown);
};
