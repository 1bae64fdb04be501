/**
 * What a list of words can find of docs/style.md. Each rule: the pattern, and what to write in its place. Status words,
 * names of options and other single words are no sentences; the texts that come here have at least two words.
 */

export const sentenceRules = [
  [/\b(?:tells?|told|telling)\b/i, 'a machine logs, reports, sends or distinguishes'],
  [/\b(?:hears?|heard)\b/i, 'a machine receives'],
  [/\b(?:knows?|knew)\b/i, 'a machine has, stores, caches or recognizes'],
  [/\bbeliev(?:es?|ed)\b/i, 'a machine accepts or assumes'],
  [/\b(?:nobody|somebody|whoever)\b/i, 'name the actor'],
  [/\banew\b/i, 'again, or the verb with re-'],
  [/\bfor ever\b/i, 'without end, or forever'],
  [/(?<!there )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|fewer\b)/i, '"is not a"'],
];

/** A heading, or the head of a column: a noun phrase, not an adverb or a verb without its subject. */
export const headingRules = [
  [
    /^(?:and )?(?:then|next|before|after|afterwards|later|now|said|told|says|else)$/i,
    'a noun phrase',
  ],
  [/^(?:of|by|to|and|but|if) /i, 'a noun phrase'],
  [/[.;:]$/, 'a heading without a mark at its end'],
];

/** Lines of prose; rows of tables cannot be wrapped. */
export const longestLine = 120;

/** @returns {string[]} What is wrong with a text, in words. */
export function faultsOf(text, rules) {
  return rules.flatMap(([pattern, advice]) => {
    const found = pattern.exec(text);
    return found === null ? [] : [`"${found[0].trim()}": write ${advice}`];
  });
}
