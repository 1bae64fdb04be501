/**
 * The completion of a program for bash: a function that walks along the words to the command and to an option that
 * waits for its value, and offers what can follow. Needs nothing of the package bash-completion but its folder.
 */
import type { CompletedCommand, Values } from './completion-tree.ts';

export function bashCompletion(program: string, tree: CompletedCommand): string {
  const places = flatten('', tree);
  const steps = places.flatMap(({ path, command }) =>
    [...command.commands.keys()].map((name) => quoted(`${path}:${name}`)),
  );
  const valued = places.flatMap(({ path, command }) =>
    command.options.flatMap(({ names, value }) =>
      value === undefined ? [] : [{ keys: names.map((name) => `${path}:${name}`), value }],
    ),
  );
  // Values of one kind have one case.
  const offers = new Map<string, { keys: string[]; lines: string[] }>();
  for (const { keys, value } of valued) {
    const lines = offer(value.values);
    const known = offers.get(lines.join()) ?? { keys: [], lines };
    known.keys.push(...keys);
    if (lines.length > 0) offers.set(lines.join(), known);
  }
  const lines = [
    `# Completion of ${program} for bash, made from the table of its command line; change that.`,
    `${functionOf(program)}() {`,
    `    local word=\${COMP_WORDS[COMP_CWORD]} path= awaits= words= i`,
    '    COMPREPLY=()',
    '    for ((i = 1; i < COMP_CWORD; i++)); do',
    '        if [[ -n $awaits ]]; then',
    '            [[ ${COMP_WORDS[i]} == = ]] || awaits=',
    '            continue',
    '        fi',
    '        case $path:${COMP_WORDS[i]} in',
    ...(valued.length === 0
      ? []
      : [
          `        ${alternatives(valued.flatMap(({ keys }) => keys))}) awaits=$path:\${COMP_WORDS[i]} ;;`,
        ]),
    ...(steps.length === 0
      ? []
      : [`        ${steps.join(' | ')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;`]),
    '        esac',
    '    done',
    '    [[ $word != = ]] || word=',
    '    case $awaits in',
    ...[...offers.values()].flatMap(({ keys, lines }) => caseOf(keys, [...lines, 'return'])),
    '        ?*) return ;;',
    '    esac',
    '    case $path in',
    ...places.flatMap(({ path, command }) => caseOf([path], wordsOf(command))),
    '    esac',
    '    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$words" -- "$word")',
    '}',
    `complete -F ${functionOf(program)} ${program}`,
  ];
  return `${lines.join('\n')}\n`;
}

interface Place {
  /** The commands that lead to it, with spaces between them. */
  readonly path: string;
  readonly command: CompletedCommand;
}

function flatten(path: string, command: CompletedCommand): Place[] {
  const below = [...command.commands].flatMap(([name, { command: next }]) =>
    flatten(`${path} ${name}`.trim(), next),
  );
  return [{ path, command }, ...below];
}

function caseOf(keys: readonly string[], lines: readonly string[]): string[] {
  return [
    `        ${alternatives(keys)})`,
    ...lines.map((line) => `            ${line}`),
    '            ;;',
  ];
}

function wordsOf({ options, commands, operand }: CompletedCommand): string[] {
  const words = [...commands.keys(), ...options.flatMap(({ names }) => names)];
  return [
    `words=${quoted(words.join(' '))}`,
    ...(operand === undefined ? [] : offer(operand.values)),
  ];
}

/** What fills COMPREPLY; nothing for what the shell cannot guess. */
function offer(values: Values): string[] {
  const from = (command: string) => `mapfile -t COMPREPLY < <(${command})`;
  switch (values.kind) {
    case 'files':
      return ['compopt -o filenames 2>/dev/null', from('compgen -f -- "$word"')];
    case 'folders':
      return ['compopt -o filenames 2>/dev/null', from('compgen -d -- "$word"')];
    case 'interfaces':
      return [from('compgen -W "$(ls /sys/class/net)" -- "$word"')];
    case 'tunnels':
      return [from(`cd /etc/enftun 2>/dev/null && compgen -G "$word*.conf" | sed 's/\\.conf$//'`)];
    case 'words':
      return [from(`compgen -W ${quoted(values.words.join(' '))} -- "$word"`)];
    case 'anything':
      return [];
  }
}

function functionOf(program: string): string {
  return `_${program.replaceAll('-', '_')}`;
}

function alternatives(keys: readonly string[]): string {
  return keys.map(quoted).join(' | ');
}

function quoted(text: string): string {
  return `'${text}'`;
}
