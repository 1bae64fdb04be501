/**
 * `make test`: runs the parts of the test suite (parts.ts), as many runs at a time as there are processors for, and
 * prints the time of each part, the tests that were skipped or failed, and the totals; see docs/testing.md.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { startTool, toolStatus } from '../harness/tool.ts';
import { addUp, describeFailure, describeResult } from './results.ts';
import { preparation, SuiteRun } from './suite-run.ts';

const table = {
  program: 'run-tests',
  about: [
    `Runs parts of the test suite, as many runs at a time as there are processors for. A PART is a target of the Makefile,
     such as test-unit or test-netns. Each line of output starts with the name of its run if there are several.`,
    `Prints the time of each part from its start to its end and on processors, a line for each test that was skipped or
     failed, and the totals.`,
  ],
  commands: { '': { operand: 'PART...', options: {}, help: 'run parts of the test suite' } },
  sections: [
    {
      heading: 'Settings',
      text: '  CI=true   a skip that test/allowed-skips.json does not name is a failure',
    },
  ],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: parts }) => {
    const suite = new SuiteRun(parts);
    return () => runSuite(suite);
  },
});

async function runSuite(suite: SuiteRun): Promise<number> {
  const outcomes = await suite.run();
  console.log('\n=== summary: time from start to end, and of processors ===');
  for (const part of suite.parts) {
    const ofPart = outcomes.filter((outcome) => outcome.part === part);
    const start = Math.min(...ofPart.map(({ startedAt }) => startedAt));
    const end = Math.max(...ofPart.map(({ endedAt }) => endedAt));
    const used = ofPart.reduce((sum, { processorTime }) => sum + processorTime, 0);
    const times = [end - start, used].map((time) => `${time.toFixed(1).padStart(7)} s`).join('');
    console.log(`${part.padEnd(20)} ${times}  ${describeResult(addUp(ofPart))}`);
  }
  const total = addUp(outcomes.filter(({ part }) => part !== preparation));
  for (const title of total.skipped) console.log(`SKIPPED: ${title}`);
  const failures = [...total.failures, ...forbiddenSkips(total.skipped)];
  for (const failure of failures) console.log(describeFailure(failure));
  console.log(describeResult({ ...total, failures }));
  return failures.length === 0 && total.passed > 0 && !suite.hasPreparationFailed ? 0 : 1;
}

function forbiddenSkips(skipped: readonly string[]): { title: string; message: string }[] {
  if (process.env.CI !== 'true') return [];
  const list = path.join(import.meta.dirname, '../allowed-skips.json');
  const allowed = JSON.parse(readFileSync(list, 'utf8')) as string[];
  const message = 'was skipped, and is not on the list of allowed skips (test/allowed-skips.json)';
  return skipped.filter((title) => !allowed.includes(title)).map((title) => ({ title, message }));
}
