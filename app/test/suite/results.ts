/** What a run of the test suite counted: tests that passed, failed, were skipped. */
import { existsSync, readFileSync } from 'node:fs';

export interface Result {
  readonly passed: number;
  readonly failed: number;
  /** Full titles. */
  readonly skipped: readonly string[];
}

/**
 * Of a run that ended with `status`, null for a signal, and whose reporter (test/reporter.cjs) may have left a summary.
 * One without it (lint, sanitizers) counts as one test; one that failed without a failed test has one.
 */
export function resultOf(summaryFile: string, status: number | null): Result {
  const hasPassed = status === 0;
  if (!existsSync(summaryFile)) {
    return { passed: hasPassed ? 1 : 0, failed: hasPassed ? 0 : 1, skipped: [] };
  }
  const summary = JSON.parse(readFileSync(summaryFile, 'utf8')) as Result;
  return { ...summary, failed: hasPassed ? summary.failed : Math.max(summary.failed, 1) };
}

export function addUp(results: readonly Result[]): Result {
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
    skipped: results.flatMap(({ skipped }) => skipped),
  };
}

export function describeResult({ passed, failed, skipped }: Result): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}
