/** Texts that others fill, such as a list of addresses from DNS, must not grow with what they are filled with. */

/** The first of the phrases, each once, and how many more there were. */
export function firstPhrases(phrases: readonly string[], most: number, separator = '; '): string {
  const distinct = [...new Set(phrases)];
  const left = distinct.length - most;
  const shown = distinct.slice(0, most).join(separator);
  return left > 0 ? `${shown}${separator}and ${left} more` : shown;
}

/** The beginning of a text that is too long, and how much of it is missing. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most)}… (${text.length - most} more characters)`;
}
