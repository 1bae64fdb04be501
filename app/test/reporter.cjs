/**
 * Mocha's spec output, plus a summary for the runner: one JSON file named by TEST_SUMMARY with
 * {passed, failures: [{title, message}], skipped: [full titles]}.
 */
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class SummaryReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    const failures = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    // A hook that failed is among them.
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      failures.push({ title: test.fullTitle(), message: String(error?.message ?? error) });
    });
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      if ((process.env.TEST_SUMMARY ?? '') === '') return;
      const summary = { passed: this.stats.passes, failures, skipped };
      writeFileSync(process.env.TEST_SUMMARY, JSON.stringify(summary));
    });
  }
};
