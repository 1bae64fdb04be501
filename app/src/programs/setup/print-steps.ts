/** Steps as commands that a person can run in a shell, one after the other. */
import type { Step } from './changes.ts';

export function printSteps(steps: readonly Step[], ipPath: string): string {
  return steps.map((step) => lines(step, ipPath).join('\n')).join('\n') + '\n';
}

function lines(step: Step, ipPath: string): string[] {
  switch (step.run) {
    case 'nft':
      return [`nft -f - <<'END'`, step.text.trimEnd(), 'END'];
    case 'ip': {
      const family = step.family === undefined ? '' : ` -${step.family}`;
      return step.lines.map((line) => `${quoted(ipPath)}${family} ${line}`);
    }
    case 'settings':
      return step.values.map(([name, value]) => `sysctl -w net/${name}=${value}`);
  }
}

/** Only the path of a program can have characters that mean something to a shell: names were judged before. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
