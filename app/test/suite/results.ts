/** What a run of the test suite counted: tests that passed, failed, were skipped. */
import { existsSync, readFileSync } from 'node:fs';

export interface Failure {
  /** Full title of the test or hook, or the name of the run. */
  readonly title: string;
  readonly message: string;
}

export interface Result {
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** Full titles. */
  readonly skipped: readonly string[];
}

const mostOfMessage = 240;

/**
 * Of the run `name`, which ended with `status`, null for a signal, and whose reporter (test/reporter.cjs) may have left
 * a summary. One without it (lint, sanitizers) counts as one test; one that failed without a failed test has one.
 */
export function resultOf(name: string, summaryFile: string, status: number | null): Result {
  const summary = existsSync(summaryFile)
    ? (JSON.parse(readFileSync(summaryFile, 'utf8')) as Result)
    : { passed: status === 0 ? 1 : 0, failures: [], skipped: [] };
  if (status === 0 || summary.failures.length > 0) return summary;
  const message = status === null ? 'ended by a signal' : `exit status ${status}`;
  return { ...summary, failures: [{ title: name, message: `${message}; its output says why` }] };
}

export function addUp(results: readonly Result[]): Result {
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failures: results.flatMap(({ failures }) => failures),
    skipped: results.flatMap(({ skipped }) => skipped),
  };
}

export function describeResult({ passed, failures, skipped }: Result): string {
  return `${passed} passed, ${failures.length} failed, ${skipped.length} skipped`;
}

/** On one line, so that the end of a log names what failed, and why. */
export function describeFailure({ title, message }: Failure): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return `FAILED: ${title}: ${line.length > mostOfMessage ? `${line.slice(0, mostOfMessage)}...` : line}`;
}
