/**
 * Describes a root file system, so that two builders of one card cannot drift apart and no change goes unseen: users
 * with their numbers, units that start, units that must not, our files with owner and mode, programs with special
 * rights, kernel modules, versions. Run by the image builders, as root or under fakeroot: owners count.
 *
 * usage: manifest.js ROOT [DEBS]     DEBS: a list of the .deb files that it was made from; prints JSON
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

const [root, debs] = process.argv.slice(2);
if (root === undefined) {
  console.error('usage: manifest.js ROOT [DEBS]');
  process.exit(2);
}
const overlay = path.resolve(import.meta.dirname, '../../overlay');

/** Everything below a folder, sorted, links not followed. */
function* walk(folder, below = '') {
  const entries = readdirSync(path.join(folder, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path.join(below, entry.name);
    yield name;
    if (entry.isDirectory()) yield* walk(folder, name);
  }
}

function lines(file) {
  return readFileSync(path.join(root, file), 'utf8').trimEnd().split('\n');
}

function describe(name) {
  const status = lstatSync(path.join(root, name));
  if (status.isSymbolicLink()) return `-> ${readlinkSync(path.join(root, name))}`;
  const mode = (status.mode & 0o7777).toString(8).padStart(4, '0');
  return `${mode} ${status.uid}:${status.gid}`;
}

const all = [...walk(root)];
const isLink = (name) => lstatSync(path.join(root, name)).isSymbolicLink();

/** Units that a target or another unit wants, by the links that say so. */
function startedUnits() {
  const links = all.filter((name) => /systemd\/system\/[^/]+\.(wants|requires)\//.test(name));
  return links.map((name) => name.replace(/.*systemd\/system\//, '')).sort();
}

function maskedUnits() {
  const folder = /^etc\/systemd\/system\/[^/]+$/;
  const links = all.filter((name) => folder.test(name) && isLink(name));
  return links
    .filter((name) => readlinkSync(path.join(root, name)) === '/dev/null')
    .map((name) => path.basename(name))
    .sort();
}

function overlayFiles() {
  const names = [...walk(overlay)].filter((name) => path.basename(name) !== 'README.md');
  const files = names.filter((name) => !lstatSync(path.join(overlay, name)).isDirectory());
  return Object.fromEntries(files.map((name) => [`/${name}`, describe(name)]));
}

function withSpecialRights() {
  return all.filter((name) => {
    const status = lstatSync(path.join(root, name));
    return status.isFile() && (status.mode & 0o6000) !== 0;
  });
}

function kernel() {
  const [version] = readdirSync(path.join(root, 'usr/lib/modules'));
  const modules = all.filter((name) => name.endsWith('.ko'));
  return { version, modules: modules.map((name) => path.basename(name, '.ko')).sort() };
}

function packages() {
  if (debs === undefined) return {};
  const files = readFileSync(debs, 'utf8').trim().split('\n');
  const pairs = files.map((file) => path.basename(file).split('_'));
  return Object.fromEntries(pairs.map(([name, version]) => [name, decodeURIComponent(version)]));
}

const { version: kernelVersion, modules } = kernel();
const manifest = {
  users: lines('etc/passwd').sort(),
  groups: lines('etc/group').sort(),
  places: Object.fromEntries(
    ['data', 'rom', 'etc/shadow', 'root', 'tmp', 'usr/lib/enf'].map((name) => [
      `/${name}`,
      describe(name),
    ]),
  ),
  files: overlayFiles(),
  programs: readdirSync(path.join(root, 'usr/lib/enf')).sort(),
  setuid: withSpecialRights(),
  startedUnits: startedUnits(),
  maskedUnits: maskedUnits(),
  kernelModules: modules,
  versions: { kernel: kernelVersion, ...packages() },
};
console.log(JSON.stringify(manifest, undefined, 2));
