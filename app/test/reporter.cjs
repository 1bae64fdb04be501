/**
 * Mocha's spec output, plus a summary for the runner: one JSON file named by TEST_SUMMARY with
 * {passed, failed, skipped: [full titles]}.
 */
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class SummaryReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      if ((process.env.TEST_SUMMARY ?? '') === '') return;
      const { passes, failures } = this.stats;
      const summary = { passed: passes, failed: failures, skipped };
      writeFileSync(process.env.TEST_SUMMARY, JSON.stringify(summary));
    });
  }
};
