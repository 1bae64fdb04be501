import { equal, deepEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeFailure, resultOf } from '../../suite/results.ts';

describe('the result of a run of tests', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'results-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const ofSummary = (summary: unknown, status: number | null) => {
    const file = path.join(folder, 'summary.json');
    writeFileSync(file, JSON.stringify(summary));
    return resultOf('test-unit', file, status);
  };

  it('names each test that failed', () => {
    const failures = [{ title: 'a tunnel opens', message: 'it did not' }];
    deepEqual(ofSummary({ passed: 3, failures, skipped: [] }, 1).failures, failures);
  });

  it('has a failure when the run failed without a failed test', () => {
    const { passed, failures } = ofSummary({ passed: 3, failures: [], skipped: [] }, 7);
    equal(passed, 3);
    equal(failures.length, 1);
    equal(failures[0]!.title, 'test-unit');
    equal(failures[0]!.message.includes('7'), true);
  });

  it('counts a run without a summary as one test', () => {
    const missing = path.join(folder, 'missing');
    deepEqual(resultOf('lint', missing, 0), { passed: 1, failures: [], skipped: [] });
    equal(resultOf('lint', missing, null).failures.length, 1);
  });

  it('fits on one short line', () => {
    const line = describeFailure({
      title: 'a test',
      message: `first\n  second ${'x'.repeat(1000)}`,
    });
    equal(line.startsWith('FAILED: a test: first second xxx'), true);
    equal(line.length < 300, true);
  });
});
