/** A log that a test can read. */
import type { Logger } from '../../../src/platform/log.ts';

export class MemoryLog implements Logger {
  /** Level and text. */
  readonly lines: string[] = [];

  error(message: string): void {
    this.lines.push(`error: ${message}`);
  }

  warning(message: string): void {
    this.lines.push(`warning: ${message}`);
  }

  info(message: string): void {
    this.lines.push(`info: ${message}`);
  }

  debug(message: string): void {
    this.lines.push(`debug: ${message}`);
  }

  isEnabled(): boolean {
    return true;
  }
}
