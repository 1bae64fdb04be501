/** The man page of a program, man(7), from the table of its command line: as `--help`, in the order of man pages. */
import { sharedOptions, synopsisOf } from '../src/platform/command-line/outline.ts';
import {
  standardOptions,
  type CommandLineTable,
  type CommandRow,
  type OptionRow,
} from '../src/platform/command-line/table.ts';
import { bold, example, option, quoted, text } from './roff.ts';
import { footer, type PageHead } from './page-head.ts';

/** Headings that stand behind the exit status. */
const lastHeadings = ['Environment', 'Files', 'Example'];

export function programPage(table: CommandLineTable, head: PageHead): string {
  const rows = Object.entries(table.commands);
  const shared = sharedOptions(table);
  const named = rows.filter(([name]) => name !== '' && name !== table.defaultCommand);
  const sections = table.sections ?? [];
  const isLast = ({ heading }: { heading: string }) => lastHeadings.includes(heading);
  const lines = [
    ...head.lines,
    '.SH SYNOPSIS',
    ...rows.flatMap(([name, row], index) => [
      ...(index === 0 ? [] : ['.br']),
      synopsisLine(table, name, row),
    ]),
    '.SH DESCRIPTION',
    ...table.about.flatMap((paragraph, index) => [
      ...(index === 0 ? [] : ['.PP']),
      text(paragraph),
    ]),
    ...(named.length === 0 ? [] : ['.SH COMMANDS']),
    ...named.flatMap(([name, row]) => command(name, row, shared)),
    '.SH OPTIONS',
    ...optionLists(table, shared),
    ...sections.filter((section) => !isLast(section)).flatMap(section),
    '.SH EXIT STATUS',
    ...table.exitStatus.flatMap(([status, meaning]) => ['.TP', bold(`${status}`), text(meaning)]),
    ...sections.filter(isLast).flatMap(section),
    ...footer(head),
  ];
  return `${lines.join('\n')}\n`;
}

function synopsisLine(table: CommandLineTable, name: string, row: CommandRow): string {
  const isNamed = name !== '' && name !== table.defaultCommand;
  const start = isNamed ? `${table.program} ${name}` : table.program;
  return [bold(start), ...synopsisOf(row).map(option)].join(' ');
}

function command(name: string, row: CommandRow, shared: ReadonlyMap<string, OptionRow>): string[] {
  const own = Object.entries(row.options).filter(
    ([key, { help }]) => shared.get(key)?.help !== help,
  );
  const operand = row.operand === undefined ? '' : ` ${option(row.operand)}`;
  return [
    '.TP',
    `${bold(name)}${operand}`,
    sentence(row.help),
    ...(own.length === 0
      ? []
      : ['.RS', ...own.flatMap(([key, value]) => entry(key, value)), '.RE']),
  ];
}

function optionLists(table: CommandLineTable, shared: ReadonlyMap<string, OptionRow>): string[] {
  const groups = new Map<string, string[]>([['', []]]);
  for (const [name, row] of [...shared, ...Object.entries(standardOptions(table))]) {
    const heading = row.group ?? '';
    const lines = groups.get(heading) ?? [];
    lines.push(...entry(name, row));
    groups.set(heading, lines);
  }
  return [...groups].flatMap(([heading, lines]) =>
    heading === '' ? lines : [`.SS ${quoted(heading)}`, ...lines],
  );
}

function entry(name: string, { short, value, help }: OptionRow): string[] {
  const letter = short === undefined ? '' : `${bold(`-${short}`)}, `;
  const behind = value === undefined ? '' : ` ${option(value)}`;
  return ['.TP', `${letter}${bold(`--${name}`)}${behind}`, sentence(help)];
}

function section({ heading, text: content }: { heading: string; text: string }): string[] {
  const title = heading === 'Example' ? 'EXAMPLES' : heading.toUpperCase();
  return [`.SH ${quoted(title)}`, ...example(content)];
}

/** The texts of the table are imperatives without a full stop. */
function sentence(help: string): string {
  return text(`${help[0]?.toUpperCase()}${help.slice(1)}.`);
}
