/** Forty labelled texts: few, so that all train and are scored by cross-validation. */
export const CSV = `text,label\n${Array.from({ length: 40 }, (_, i) => (i % 2 ? `a dull and ugly day ${i},bad\n` : `a bright and lovely day ${i},good\n`)).join("")}`;
