/** Text as man(7) wants it. */

/** Running text: hyphens stay hyphens, but for options, which a reader copies. */
export function text(plain: string): string {
  const escaped = plain
    .replaceAll('\\', '\\e')
    .replace(/(?<=^|[\s("'=|[])--?(?=[a-z])/gi, (dashes) => dashes.replaceAll('-', '\\-'))
    .replace(/\s+/g, ' ')
    .trim();
  return protectedStart(escaped);
}

/** Text in Markdown: what stands in back quotes becomes bold. */
export function markdown(source: string): string {
  const parts = source.split('`');
  return protectedStart(
    parts.map((part, index) => (index % 2 === 0 ? spaced(part) : bold(part))).join(''),
  );
}

/** What is typed as it stands: every character is the one of a keyboard. */
export function literal(plain: string): string {
  const characters = plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');
  return protectedStart(characters);
}

export function bold(plain: string): string {
  return `\\fB${literal(plain)}\\fR`;
}

export function italic(plain: string): string {
  return `\\fI${literal(plain)}\\fR`;
}

/** The synopsis of an option: its dashes and letters in bold, names of values in italics. */
export function option(plain: string): string {
  return plain.replaceAll(
    /(?<word>-{1,2}[a-z][\w-]*|[a-z][\w-]*)|(?<value>[A-Z][\w/:.%-]*)|[^A-Za-z-]+|-/g,
    (whole, word?: string, value?: string) => {
      if (word !== undefined) return bold(word);
      return value === undefined ? literal(whole) : italic(value);
    },
  );
}

/** Lines that are printed as they stand, without the indent that they share. */
export function example(lines: string): string[] {
  const all = lines.replace(/^\n+|\n+$/g, '').split('\n');
  const indents = all.filter((line) => line !== '').map((line) => /^ */.exec(line)![0].length);
  const indent = Math.min(...indents);
  return ['.EX', ...all.map((line) => literal(line.slice(indent))), '.EE'];
}

/** An argument of a macro. */
export function quoted(argument: string): string {
  return `"${argument.replaceAll('"', '\\(dq')}"`;
}

function spaced(part: string): string {
  const [, before = '', inner = '', after = ''] = /^(\s?)\s*(.*?)\s*?(\s?)$/s.exec(part) ?? [];
  return `${before && ' '}${text(inner)}${after && ' '}`;
}

/** A line that begins with a dot or a quotation mark would be a request. */
function protectedStart(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
