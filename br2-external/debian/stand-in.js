/**
 * Lets programs of the build machine stand in for host packages of Buildroot, where their sources cannot be had: links
 * in the host folder, and the stamps of a finished build.
 *
 * usage: stand-in.js OUTPUT INFO        INFO: what "make show-info" printed for that output folder
 */
import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

function fail(message) {
  console.error(`stand-in: ${message}`);
  process.exit(1);
}

const [output, infoFile] = process.argv.slice(2);
if (infoFile === undefined) {
  console.error('usage: stand-in.js OUTPUT INFO');
  process.exit(2);
}
const { buildMachine } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'packages.json'), 'utf8'),
);
const info = JSON.parse(readFileSync(infoFile, 'utf8'));
const stamps = [
  'downloaded',
  'extracted',
  'patched',
  'configured',
  'built',
  'host_installed',
  'installed',
];
const places = [
  `${output}/debian-tools/bin`,
  '/usr/bin',
  '/usr/sbin',
  '/bin',
  '/sbin',
  ...process.env.PATH.split(':'),
];

function find(program) {
  const file = places
    .map((place) => path.resolve(place, program))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  if (file === undefined) fail(`${program} is not installed on this machine`);
  return file;
}

const bin = path.join(output, 'host/bin');
for (const folder of [bin, path.join(output, 'host/sbin')]) mkdirSync(folder, { recursive: true });
for (const [name, programs] of Object.entries(buildMachine)) {
  const entry = info[name];
  if (entry === undefined) continue;
  for (const program of programs) {
    for (const folder of ['bin', 'sbin']) {
      const link = path.join(output, 'host', folder, program);
      rmSync(link, { force: true });
      symlinkSync(find(program), link);
    }
  }
  const folder = path.join(output, entry.stamp_dir);
  mkdirSync(folder, { recursive: true });
  for (const stamp of stamps) writeFileSync(path.join(folder, `.stamp_${stamp}`), '');
}
