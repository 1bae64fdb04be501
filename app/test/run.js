/**
 * Runs the parts of the test suite, as many at a time as there are processors for, prints the time of each and one
 * closing line with the totals. A part is a make target; see docs/testing.md. Every part runs even when an earlier one
 * failed. Several parts: each line of output begins with the name of its part.
 *
 * usage: node test/run.js PART...
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const top = path.resolve(import.meta.dirname, '../..');
const allowedSkips = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'allowed-skips.json'), 'utf8'),
);
const parts = process.argv.slice(2);
if (parts.length === 0 || parts.includes('--help')) {
  console.log('usage: node test/run.js PART...   (make targets, for example test-unit test-netns)');
  process.exit(parts.length === 0 ? 2 : 0);
}

/** These make two runs of their own at a time (Makefile), every other part is one program after the other. */
const processorsOf = { 'test-netns': 2, 'test-image': 2 };
const processors = availableParallelism();
const isAlone = parts.length === 1;
const nameWidth = Math.max(...parts.map((part) => part.length));

// Mocha's marks have colours anywhere else, too.
const colour = isAlone && process.stdout.isTTY ? {} : { NO_COLOR: '1' };

const folder = mkdtempSync(path.join(tmpdir(), 'enf-test-'));
const rows = await runAll();
rmSync(folder, { recursive: true });

/** Starts the parts in their order, each as soon as its processors are free; the results have the same order. */
async function runAll() {
  const results = [];
  const running = new Set();
  let free = processors;
  for (const part of parts) {
    const needed = Math.min(processorsOf[part] ?? 1, processors);
    while (free < needed) await Promise.race(running);
    free -= needed;
    const run = runPart(part).finally(() => {
      free += needed;
      running.delete(run);
    });
    running.add(run);
    results.push(run);
  }
  return Promise.all(results);
}

async function runPart(part) {
  console.log(`\n=== ${part} ===`);
  const summaryFile = path.join(folder, `${part}.json`);
  const started = process.hrtime.bigint();
  const child = spawn('make', ['--no-print-directory', part], {
    cwd: top,
    stdio: isAlone ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TEST_SUMMARY: summaryFile, ...colour },
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      console.log(`${part.padEnd(nameWidth)} | ${line}`.trimEnd());
    });
  }
  const status = await new Promise((resolve) => child.once('close', resolve));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { part, seconds, ...result(summaryFile, status) };
}

/** A part has a summary of its own, several when it runs several programs, or none (lint, sanitizers): one test then. */
function result(summaryFile, status) {
  const summaries = readdirSync(folder)
    .filter((name) => name.startsWith(path.basename(summaryFile)))
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
  if (summaries.length === 0) {
    return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: [] };
  }
  const sum = (pick) => summaries.reduce((so, one) => so + pick(one), 0);
  const failed = sum((one) => one.failed);
  return {
    passed: sum((one) => one.passed),
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped: summaries.flatMap(({ skipped }) => skipped),
  };
}

const total = { passed: 0, failed: 0, skipped: [] };
console.log('\n=== summary ===');
for (const { part, seconds, passed, failed, skipped } of rows) {
  console.log(
    `${part.padEnd(20)} ${seconds.toFixed(1).padStart(7)} s  ${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  );
  total.passed += passed;
  total.failed += failed;
  total.skipped.push(...skipped);
}
for (const title of total.skipped) console.log(`SKIPPED: ${title}`);
if (process.env.CI === 'true') {
  for (const title of total.skipped.filter((skip) => !allowedSkips.includes(skip))) {
    console.log(`not on the list of allowed skips (test/allowed-skips.json): ${title}`);
    total.failed += 1;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
