/** SHARD=1/4 is the first of four runs that have a share of the files each (shares.cjs). */
const { readdirSync } = require('node:fs');
const path = require('node:path');
const { sharesOf } = require('./shares.cjs');

const app = path.resolve(__dirname, '../..');
const packages = readdirSync(path.join(app, 'packages')).map((name) => `packages/${name}`);
const files = ['.', ...packages].flatMap((folder) => testsIn(`${folder}/test/netns`));
const [number, count] = (process.env.SHARD || '1/1').split('/').map(Number);

module.exports = {
  'node-option': ['import=tsx', 'conditions=source', 'expose-gc'],
  reporter: 'test/reporter.cjs',
  spec: sharesOf(files, count)[number - 1],
  timeout: 300_000,
};

function testsIn(folder) {
  let names;
  try {
    names = readdirSync(path.join(app, folder), { recursive: true });
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    return [];
  }
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => `${folder}/${name}`);
}
