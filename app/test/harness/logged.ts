/** Looks up messages in a log by their stable codes, so that a test does not depend on the wording. */
import type { MessageCode } from '../../src/platform/message-codes.ts';

/** A code, or the event of several codes that differ in their cause. */
export type Logged = MessageCode | 'tunnel-down' | 'no-identity';

/** The lines with this code, oldest first. */
export function linesWith(log: string, code: Logged): string[] {
  return log.split('\n').filter((line) => line.includes(`[${code}]`) || line.includes(`[${code}.`));
}

/** Whether the log has a line with this code. */
export function hasLogged(log: string, code: Logged): boolean {
  return linesWith(log, code).length > 0;
}
