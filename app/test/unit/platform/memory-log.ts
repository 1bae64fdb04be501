/** A log that a test can read. */
import type { MessageCode } from '../../../src/platform/message-codes.ts';
import type { Logger } from '../../../src/platform/log.ts';

export class MemoryLog implements Logger {
  /** Level, text and code. */
  readonly lines: string[] = [];

  error(code: MessageCode, message: string): void {
    this.lines.push(`error: ${message} [${code}]`);
  }

  warning(code: MessageCode, message: string): void {
    this.lines.push(`warning: ${message} [${code}]`);
  }

  info(code: MessageCode, message: string): void {
    this.lines.push(`info: ${message} [${code}]`);
  }

  debug(message: string): void {
    this.lines.push(`debug: ${message}`);
  }

  isEnabled(): boolean {
    return true;
  }
}
