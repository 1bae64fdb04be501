/** The text of `--help`, made from the table of a command line. */
import { sharedOptions, synopsisOf } from './outline.ts';
import {
  standardOptions,
  type CommandLineTable,
  type CommandRow,
  type OptionRow,
} from './table.ts';

const width = 80;
/** Longer names of options have their text on the next line. */
const widestLabel = 26;

/** The help of the whole program, or of one of its commands. */
export function helpText(table: CommandLineTable, of?: string): string {
  const row = of === undefined ? undefined : table.commands[of];
  const parts =
    row === undefined || of === undefined ? programHelp(table) : commandHelp(table, of, row);
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function programHelp(table: CommandLineTable): string[] {
  const rows = Object.entries(table.commands);
  const shared = sharedOptions(table);
  const named = rows.filter(([name]) => name !== '' && name !== table.defaultCommand);
  const commands = named.flatMap(([name, row]) => {
    const own = Object.entries(row.options).filter(
      ([option, { help }]) => shared.get(option)?.help !== help,
    );
    return [
      { label: `  ${[name, row.operand].filter(Boolean).join(' ')}`, help: row.help },
      ...own.map(([option, { help, ...rest }]) => ({ label: `  ${label(option, rest)}`, help })),
    ];
  });
  return [
    usageLines(table, rows),
    ...table.about.map((paragraph) => wrapped(paragraph, '').join('\n')),
    commands.length === 0 ? '' : `Commands:\n${columns(commands)}`,
    ...optionLists(table, shared),
    ...(table.sections ?? []).map(({ heading, text }) => `${heading}:\n${text}`),
    `Exit status:\n${columns(table.exitStatus.map(([status, help]) => ({ label: `  ${status}`, help })))}`,
  ];
}

function commandHelp(table: CommandLineTable, name: string, row: CommandRow): string[] {
  const sentence = `${row.help[0]?.toUpperCase()}${row.help.slice(1)}.`;
  return [
    usageLines(table, [[name, row]]),
    wrapped(sentence, '').join('\n'),
    ...optionLists(table, new Map(Object.entries(row.options))),
  ];
}

function optionLists(table: CommandLineTable, options: ReadonlyMap<string, OptionRow>): string[] {
  const groups = new Map<string, { label: string; help: string }[]>();
  const all = [...options, ...Object.entries(standardOptions(table))];
  for (const [name, row] of all) {
    const heading = row.group ?? 'Options';
    const lines = groups.get(heading) ?? [];
    lines.push({ label: label(name, row), help: row.help });
    groups.set(heading, lines);
  }
  return [...groups].map(([heading, rows]) => `${heading}:\n${columns(rows)}`);
}

function label(name: string, { short, value }: Pick<OptionRow, 'short' | 'value'>): string {
  const letter = short === undefined ? '    ' : `-${short}, `;
  return `  ${letter}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** One line for each command, broken between options. */
function usageLines(table: CommandLineTable, rows: readonly [string, CommandRow][]): string {
  const lines = rows.flatMap(([name, row], index) => {
    const command =
      name === table.defaultCommand ? table.program : `${table.program} ${name}`.trim();
    const start = `${index === 0 ? 'Usage: ' : '       '}${command}`;
    return broken(start, synopsisOf(row));
  });
  return lines.join('\n');
}

function broken(start: string, words: readonly string[]): string[] {
  const indent = ' '.repeat(start.length);
  const lines = [start];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= width || lines.at(-1) === indent) lines[lines.length - 1] = line;
    else lines.push(`${indent} ${word}`);
  }
  return lines;
}

/** Labels on the left, their texts in a column. */
function columns(rows: readonly { label: string; help: string }[]): string {
  const fitting = rows.map((row) => row.label.length).filter((length) => length <= widestLabel);
  const column = Math.max(...fitting, 0) + 2;
  const indent = ' '.repeat(column);
  return rows
    .flatMap(({ label: name, help }) => {
      const [first = '', ...rest] = wrapped(help, indent);
      if (name.length + 2 > column) return [name, first, ...rest];
      return [name.padEnd(column) + first.slice(column), ...rest];
    })
    .join('\n');
}

/** The words of `text` in lines that begin with `indent`. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? indent + word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}
