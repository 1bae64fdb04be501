/** Deals the files of the namespace tests out to several runs, so that these take about the same time. */
const path = require('node:path');

/** Files that take longer than most, with their seconds on a machine that does nothing else beside. */
const longFiles = {
  'host-moves': 190,
  transports: 145,
  'host-attacks': 100,
  'dead-way': 85,
  rounds: 80,
  'dhcpv6-exchanges': 60,
  'host-continuity': 60,
  'address-change': 50,
  offload: 45,
};
const secondsOfOthers = 15;

/** The files of each of `count` shares. A long file goes where there is least so far, before the short ones. */
exports.sharesOf = function sharesOf(files, count) {
  const shares = Array.from({ length: count }, () => ({ seconds: 0, files: [] }));
  const cost = (file) => longFiles[path.basename(file, '.test.ts')] ?? secondsOfOthers;
  for (const file of [...files].sort((one, other) => cost(other) - cost(one))) {
    const least = shares.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    least.seconds += cost(file);
    least.files.push(file);
  }
  return shares.map((share) => share.files);
};
