/** What the help and the man page of a program show alike: its synopsis, and the options of several commands. */
import { inSynopsis, type CommandLineTable, type CommandRow, type OptionRow } from './table.ts';

/** The options of the default command, and those that mean the same to several commands. */
export function sharedOptions(table: CommandLineTable): Map<string, OptionRow> {
  const shared = new Map<string, OptionRow>();
  const before = new Map<string, OptionRow>();
  for (const [name, { options }] of Object.entries(table.commands)) {
    const isDefault = name === '' || name === table.defaultCommand;
    for (const [option, row] of Object.entries(options)) {
      if (isDefault || before.get(option)?.help === row.help) shared.set(option, row);
      before.set(option, row);
    }
  }
  return shared;
}

/** The words behind the name of the command; an option and its value are one of them. */
export function synopsisOf(row: CommandRow): readonly string[] {
  if (row.synopsis !== undefined) return row.synopsis;
  const { options, required = [], operand } = row;
  const parts = Object.entries(options).map(([name, option]) => {
    const isRequired = required.includes(name);
    const typed = inSynopsis(name, option);
    const text = `${isRequired ? typed : `[${typed}]`}${option.isRepeatable ? '...' : ''}`;
    return { isRequired, text };
  });
  return [
    ...(operand === undefined ? [] : [operand]),
    ...parts.filter(({ isRequired }) => isRequired).map(({ text }) => text),
    ...parts.filter(({ isRequired }) => !isRequired).map(({ text }) => text),
  ];
}
