/** Everything that `enftun keygen` touches outside of its files, and how it talks to a person. */
import { EnvironmentError } from '../../core/errors.ts';
import type { Clock } from '../../core/time.ts';
import { typedLine, type LineInput } from '../../platform/typed-line.ts';
import type { Run } from './service-user.ts';

export interface KeygenContext {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  /** Questions, progress and errors. */
  readonly stderr: (text: string) => void;
  readonly stdin: LineInput;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly uid: number;
  readonly run: Run;
  readonly clock: Clock;
  readonly date: () => Date;
  readonly proxyFor: (url: string) => string;
}

export interface Result {
  readonly address: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly notAfter: Date;
  /** False: the certificate that is there was not due yet. Undefined for a registration. */
  readonly isRenewed?: boolean;
}

/** One line of progress, ended by how it went. */
export async function step<T>(
  { stderr }: KeygenContext,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  stderr(`${what}... `);
  try {
    const result = await work();
    stderr('Successful.\n');
    return result;
  } catch (error) {
    stderr('Failed.\n');
    throw error;
  }
}

/** Labels in a column, as a person reads them before saying yes. */
export function summary(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  const lines = rows.map(([label, value]) => `${`${label}:`.padEnd(width)}${value}`);
  return `${[title, ...lines].join('\n')}\n`;
}

const nothingChanged = 'nothing was changed';

/** Rejects with EnvironmentError unless the answer is yes. */
export async function confirm(context: KeygenContext): Promise<void> {
  const text = 'Enter y to continue, n to exit: ';
  const answer = await ask(context, text);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new EnvironmentError(`not confirmed; ${nothingChanged}`, {
    errno: 'ECANCELED',
    syscall: 'read',
  });
}

/** A line that a person sees while typing it. */
export async function ask({ stdin, stderr, signal }: KeygenContext, text: string): Promise<string> {
  const prompt = { input: stdin, show: stderr, signal };
  const line = await typedLine(prompt, { text, isHidden: false, givenUp: nothingChanged });
  return line.toString('utf8');
}
