/**
 * The log: one line per event on stderr, which ends with the code of the event in square brackets. Under systemd
 * (stderr is not a terminal) each line starts with the sd-daemon(3) level prefix, such as `<4>`; on a terminal it
 * starts with a level word. The time is left to the reader.
 *
 * A line that repeats is printed once a minute with a count (see `repeat-filter.ts`): outside input can cause events at
 * line rate.
 */
import type { Writable } from 'node:stream';
import { clip } from '../core/bounded-text.ts';
import type { MessageCode } from './message-codes.ts';
import { RepeatFilter } from './repeat-filter.ts';

export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

export const logLevels: readonly LogLevel[] = ['error', 'warning', 'info', 'debug'];

/**
 * Where events are logged. `code` is stable and the message is not: people and tests look up the code.
 * `topic`: lines of one topic are repeats of each other, whatever their text (default: equal texts).
 */
export interface Logger {
  /** Something does not work and needs a person, or a retry that may not help. */
  error(code: MessageCode, message: string, topic?: string): void;
  /** Works, but not as the operator may expect. */
  warning(code: MessageCode, message: string, topic?: string): void;
  /** The few lines that make up the history of a run. */
  info(code: MessageCode, message: string, topic?: string): void;
  debug(message: string, topic?: string): void;
  /** False: save the work of making the text. */
  isEnabled(level: LogLevel): boolean;
}

/** `journal`: sd-daemon prefixes; `plain`: level words; `colour`: level words in colour. */
export type LogStyle = 'journal' | 'plain' | 'colour';

/** What a line is, beside its text. Lines at level debug have no code. */
interface LineKind {
  readonly level: LogLevel;
  readonly code: MessageCode | undefined;
}

export interface StderrLoggerOptions {
  level: LogLevel;
  style: LogStyle;
  /** Writes one line, newline included. */
  write: (line: string) => void;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Calls back once after `milliseconds` without keeping the process alive. */
  schedule: (milliseconds: number, callback: () => void) => void;
}

/** A line is for people, and longer texts are for the status. What others can make long must not fill the journal. */
export const longestLine = 2000;

export class LineLogger implements Logger {
  readonly #options: StderrLoggerOptions;
  readonly #threshold: number;
  readonly #repeats = new RepeatFilter<LineKind>();
  #scheduled = false;

  constructor(options: StderrLoggerOptions) {
    this.#options = options;
    this.#threshold = logLevels.indexOf(options.level);
  }

  error(code: MessageCode, message: string, topic?: string): void {
    this.#log({ level: 'error', code }, message, topic);
  }

  warning(code: MessageCode, message: string, topic?: string): void {
    this.#log({ level: 'warning', code }, message, topic);
  }

  info(code: MessageCode, message: string, topic?: string): void {
    this.#log({ level: 'info', code }, message, topic);
  }

  debug(message: string, topic?: string): void {
    this.#log({ level: 'debug', code: undefined }, message, topic);
  }

  isEnabled(level: LogLevel): boolean {
    return logLevels.indexOf(level) <= this.#threshold;
  }

  /** Prints the counts of repeats that were held back; call before the process ends. */
  flush(): void {
    this.#printRepeats(Infinity);
  }

  #log(kind: LineKind, message: string, topic: string | undefined): void {
    if (!this.isEnabled(kind.level)) return;
    const now = this.#options.now();
    this.#printRepeats(now);
    if (this.#repeats.admit(topic ?? message, { tag: kind, text: message }, now)) {
      this.#print(kind, message);
    }
    this.#scheduleRepeats(now);
  }

  #print({ level, code }: LineKind, message: string): void {
    const start = prefixes[this.#options.style][level];
    const end = code === undefined ? '' : ` [${code}]`;
    this.#options.write(`${start}${clip(oneLine(message), longestLine)}${end}\n`);
  }

  #printRepeats(now: number): void {
    for (const { tag, text, count } of this.#repeats.expire(now)) {
      this.#print(tag, `${text} (${count} more within a minute)`);
    }
  }

  #scheduleRepeats(now: number): void {
    const deadline = this.#repeats.deadline;
    if (deadline === undefined || this.#scheduled) return;
    this.#scheduled = true;
    this.#options.schedule(Math.max(0, deadline - now), () => {
      this.#scheduled = false;
      const later = this.#options.now();
      this.#printRepeats(later);
      this.#scheduleRepeats(later);
    });
  }
}

/**
 * Terminal or not decides, and not JOURNAL_STREAM or INVOCATION_ID: a desktop's terminals inherit both from its
 * session.
 */
export function logStyle(
  stream: { isTTY?: boolean },
  environment: Record<string, string | undefined>,
): LogStyle {
  if (stream.isTTY !== true) return 'journal';
  return environment.NO_COLOR || environment.TERM === 'dumb' ? 'plain' : 'colour';
}

/** What a reader of the log may leave unread; beyond it lines are lost. */
const maxUnreadBytes = 256 * 1024;

/** A reader that does not read costs its lines, not the memory of a service that runs for months. */
export function boundedLines(
  stream: Pick<Writable, 'write' | 'writableLength'>,
): (line: string) => void {
  let lost = 0;
  return (line) => {
    if (stream.writableLength > maxUnreadBytes) {
      lost++;
      return;
    }
    if (lost > 0) stream.write(`(${lost} lines were lost: the log was not being read)\n`);
    lost = 0;
    stream.write(line);
  };
}

/** The process's own log. A reader of stderr that went away must not end the service: `program-end.ts`. */
export function stderrLogger(level: LogLevel): LineLogger {
  return new LineLogger({
    level,
    style: logStyle(process.stderr, process.env),
    write: boundedLines(process.stderr),
    now: () => performance.now(),
    schedule: (milliseconds, callback) => setTimeout(callback, milliseconds).unref(),
  });
}

const prefixes: Record<LogStyle, Record<LogLevel, string>> = {
  journal: { error: '<3>', warning: '<4>', info: '<6>', debug: '<7>' },
  plain: { error: 'error: ', warning: 'warning: ', info: 'info: ', debug: 'debug: ' },
  colour: {
    error: '\x1b[31merror:\x1b[0m ',
    warning: '\x1b[33mwarning:\x1b[0m ',
    info: '\x1b[32minfo:\x1b[0m ',
    debug: '\x1b[2mdebug:\x1b[0m ',
  },
};

/** Names that come from outside (certificates, files) must not begin lines or move a terminal's cursor. */
function oneLine(message: string): string {
  return message.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => {
    if (character === '\n') return '\\n';
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
