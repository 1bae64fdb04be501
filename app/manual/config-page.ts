/** enftun.conf(5), from the table of the configuration's keys. */
import type { KeyText } from '../src/programs/enftun/explain-keys.ts';
import { bold, example, markdown, text } from './roff.ts';
import { footer, type PageHead } from './page-head.ts';

const description = [
  `The configuration of a tunnel, in libconfig syntax: settings of the form name = value in groups in braces. Strings
   stand in quotes, arrays in square brackets. A # begins a comment, and @include "file" reads another file.`,
  `The service of the tunnel NAME reads /etc/enftun/NAME.conf when it starts, and again when it is reloaded. Relative
   names of files in it are relative to the working directory of the service, which is /etc/enftun.`,
  `"enftun check -c FILE" reports mistakes in a file; "enftun -c FILE -p KEY" prints the value that the service
   would use; "enftun keys" prints the table below.`,
];

export function configPage(keys: readonly KeyText[], exampleFile: string, head: PageHead): string {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const group = key.path.split('.')[0]!; // split() has a first part
    const lines = groups.get(group) ?? [];
    lines.push('.TP', bold(key.path), markdown(`${key.expected}; default: ${key.usual}`), '.br');
    groups.set(group, [...lines, markdown(key.doc)]);
  }
  const lines = [
    ...head.lines,
    '.SH SYNOPSIS',
    bold('/etc/enftun/NAME.conf').replace('NAME', '\\fINAME\\fB'),
    '.SH DESCRIPTION',
    ...description.flatMap((paragraph, index) => [
      ...(index === 0 ? [] : ['.PP']),
      text(paragraph),
    ]),
    '.SH KEYS',
    ...[...groups].flatMap(([group, entries]) => [`.SS ${group}`, ...entries]),
    '.SH EXAMPLES',
    ...example(settingsOf(exampleFile)),
    ...footer(head),
  ];
  return `${lines.join('\n')}\n`;
}

/** The file without its comments, and without the empty lines that they leave. */
function settingsOf(file: string): string {
  const lines = file.split('\n').filter((line) => !/^\s*#/.test(line));
  return lines.filter((line, index) => line !== '' || lines[index - 1] === '}').join('\n');
}
