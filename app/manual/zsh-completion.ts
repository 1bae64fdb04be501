/** The completion of a program for zsh: a function for each command, with the specifications of _arguments. */
import type { CompletedCommand, CompletedOption, Values } from './completion-tree.ts';

export function zshCompletion(programs: readonly string[], tree: CompletedCommand): string {
  const first = `_${programs[0]}`;
  return [
    `#compdef ${programs.join(' ')}`,
    '# Made from the table of the command line; change that.',
    ...functions(first, tree),
    `${first} "$@"`,
    '',
  ].join('\n');
}

function functions(name: string, command: CompletedCommand): string[] {
  const { options, operand, commands } = command;
  const specs = [
    ...options.map(optionSpec),
    ...(operand === undefined
      ? []
      : [quoted(`*:${escaped(operand.name)}:${action(operand.values)}`)]),
    ...(commands.size === 0
      ? []
      : [quoted('1:command:->command'), quoted('*::argument:->argument')]),
  ];
  const lines = [
    `${name}() {`,
    '    local context state state_descr line',
    '    typeset -A opt_args',
    `    _arguments -C ${specs.map((spec) => `\\\n        ${spec}`).join(' ')}`,
    ...(commands.size === 0 ? [] : choice(name, commands)),
    '}',
  ];
  const below = [...commands].flatMap(([word, next]) => functions(`${name}_${word}`, next.command));
  return [...lines, ...below];
}

function choice(name: string, commands: CompletedCommand['commands']): string[] {
  return [
    '    case $state in',
    '        command)',
    '            local -a commands=(',
    ...[...commands].map(
      ([word, { help }]) => `                ${quoted(`${word}:${oneLine(help)}`)}`,
    ),
    '            )',
    '            _describe -t commands command commands',
    '            ;;',
    '        argument)',
    '            case $line[1] in',
    ...[...commands.keys()].map((word) => `                ${word}) ${name}_${word} ;;`),
    '            esac',
    '            ;;',
    '    esac',
  ];
}

function optionSpec({ names, help, value, isRepeatable }: CompletedOption): string {
  const others = isRepeatable ? '*' : `(${names.join(' ')})`;
  const text = `[${escaped(oneLine(help))}]`;
  const behind = value === undefined ? '' : `:${escaped(value.name)}:${action(value.values)}`;
  const typed = names.map((name) => {
    if (value === undefined) return name;
    return name.startsWith('--') ? `${name}=` : `${name}+`;
  });
  const [only = ''] = typed;
  if (typed.length === 1) return quoted(`${isRepeatable ? '*' : ''}${only}${text}${behind}`);
  return `${quoted(others)}{${typed.join(',')}}${quoted(`${text}${behind}`)}`;
}

function action(values: Values): string {
  switch (values.kind) {
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'interfaces':
      return '_net_interfaces';
    case 'tunnels':
      return '_files -W /etc/enftun -g "*.conf(:r)"';
    case 'words':
      return `(${values.words.join(' ')})`;
    case 'anything':
      return ' ';
  }
}

function oneLine(help: string): string {
  return help.replaceAll(/\s+/g, ' ');
}

/** Inside of a specification these characters have a meaning. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
