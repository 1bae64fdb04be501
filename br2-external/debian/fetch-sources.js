/**
 * Fills Buildroot's download folder from Debian's source packages, for places that reach nothing else.
 *
 * usage: fetch-sources.js OUTPUT INFO
 *   OUTPUT  Buildroot's output folder; gets local.mk, and the trees it names below debian-src
 *   INFO    what "make show-info" printed for it
 *
 * APT_CONFIG names the configuration that private-apt.sh made, BUILDROOT_DIR Buildroot, BR2_DL_DIR the download folder.
 * A Debian tarball with the bytes that Buildroot expects goes to the download folder (BR2_DL_DIR). Any other is
 * unpacked, gets those of Buildroot's patches that fit, and takes the place of the package (<PACKAGE>_OVERRIDE_SRCDIR
 * in local.mk): the same version where Debian has it, else the nearest one. What the archive lacks can be given by
 * hand: a source tree in BR2_DL_DIR/trees/PACKAGE is taken before anything else. What was taken is printed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { nearest, upstreamVersion } from './debian-versions.js';
import { declare, unknownOptions } from './meson-options.js';

function fail(message) {
  console.error(`fetch-sources: ${message}`);
  process.exit(1);
}

const [output, infoFile] = process.argv.slice(2);
if (infoFile === undefined) {
  console.error('usage: fetch-sources.js OUTPUT INFO');
  process.exit(2);
}
const buildroot = process.env.BUILDROOT_DIR;
const downloads = process.env.BR2_DL_DIR;
const { sources } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'packages.json'), 'utf8'),
);
const info = JSON.parse(readFileSync(infoFile, 'utf8'));
const trees = path.resolve(output, 'debian-src');
const cache = path.join(downloads, 'debian');
mkdirSync(trees, { recursive: true });
mkdirSync(cache, { recursive: true });

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (error) throw error;
  return { isDone: status === 0, stdout, complaint: stderr };
}

const variableName = (name) => name.toUpperCase().replaceAll('-', '_');

/** Versions of a source package that the releases have, each once. */
function candidates(source) {
  const { stdout } = run('apt-cache', ['showsrc', '--only-source', source]);
  const versions = [...stdout.matchAll(/^Version: (.*)$/gm)].map((match) => match[1]);
  return [...new Set(versions)];
}

/** Downloads the upstream tarball of one version, checked; undefined when the archive no longer has it. */
function fetchTarball(source, version) {
  const { stdout } = run('apt-get', [
    '-qq',
    'source',
    '--only-source',
    '--print-uris',
    `${source}=${version}`,
  ]);
  const match = /^'([^']*)' (\S+\.orig\.tar\.(?:gz|xz|bz2)) \d+ (SHA256:\S+)$/m.exec(stdout);
  if (match === null) return undefined;
  const [, uri, name, digest] = match;
  const file = path.join(cache, name);
  if (existsSync(file)) return file;
  return run('/usr/lib/apt/apt-helper', ['download-file', uri, file, digest]).isDone
    ? file
    : undefined;
}

/** Of the versions, the nearest that is still there. */
function fetchNearest(source, wanted) {
  for (const version of nearest(candidates(source), wanted)) {
    const file = fetchTarball(source, version);
    if (file !== undefined) return { version, file };
  }
  fail(`Debian's archive has no usable source package ${source}`);
}

/** The checksum that Buildroot expects of a download, from its own .hash files. */
function expectedChecksum(hashFiles, file) {
  for (const hashFile of hashFiles) {
    for (const line of readFileSync(path.resolve(buildroot, hashFile), 'utf8').split('\n')) {
      const [algorithm, digest, target] = line.trim().split(/\s+/);
      if (target === file && algorithm.startsWith('sha')) return { algorithm, digest };
    }
  }
  return undefined;
}

function hasExpectedBytes(file, expected) {
  if (expected === undefined) return false;
  const digest = createHash(expected.algorithm).update(readFileSync(file)).digest('hex');
  return digest === expected.digest;
}

/** Keeps libtool from mixing libraries of the build machine into what it links again at installation. */
function patchLibtool(tree) {
  const scripts = readdirSync(tree, { recursive: true }).filter(
    (name) => path.basename(name) === 'ltmain.sh',
  );
  for (const script of scripts) {
    // Some bootstrap scripts make links into the build machine.
    const file = path.join(tree, script);
    const text = readFileSync(file);
    rmSync(file);
    writeFileSync(file, text, { mode: 0o755 });
    for (const version of ['v2.4.4', 'v2.4', 'v2.2']) {
      const patch = path.join(buildroot, `support/libtool/buildroot-libtool-${version}.patch`);
      const args = ['-s', '-N', '-i', patch, file];
      if (!run('patch', [...args, '--dry-run']).isDone) continue;
      run('patch', args);
      break;
    }
  }
}

/** Where Buildroot itself regenerates the configure script, it also patches libtool, and stops if that was done. */
function isReconfigured(folder) {
  const recipe = path.join(folder, `${path.basename(folder)}.mk`);
  return existsSync(recipe) && /_AUTORECONF = YES$/m.test(readFileSync(recipe, 'utf8'));
}

/**
 * A folder with a git that has only this version: scripts that prepare a release ask it, in what is not a repository.
 */
function gitShim(version) {
  const folder = path.join(trees, '.bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'git'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  return folder;
}

/** Makes a release take the options that the recipe has for another one; says which have no effect. */
function acceptOptions(name, tree) {
  const file = path.join(tree, 'meson_options.txt');
  if (!existsSync(file)) return [];
  const variable = `${variableName(name)}_CONF_OPTS`;
  const print = ['-s', '--no-print-directory', '-C', buildroot, `O=${path.resolve(output)}`];
  const { isDone, stdout } = run('make', [...print, 'printvars', `VARS=${variable}`]);
  if (!isDone) fail(`Buildroot does not print ${variable}`);
  const names = unknownOptions(stdout.slice(stdout.indexOf('=') + 1), readFileSync(file, 'utf8'));
  appendFileSync(file, declare(names));
  return names.map((option) => `option ${option} has no effect`);
}

/** Unpacks or copies, applies what fits of Buildroot's patches, makes a configure script where there is none. */
function makeTree(name, { package_dir: packageFolder, version }, from, tree) {
  const complaints = [];
  rmSync(`${tree}.new`, { recursive: true, force: true });
  if (statSync(from).isDirectory()) cpSync(from, `${tree}.new`, { recursive: true });
  else {
    mkdirSync(`${tree}.new`);
    run('tar', ['-C', `${tree}.new`, '--strip-components=1', '-xf', from]);
  }
  const has = (entry) => existsSync(path.join(`${tree}.new`, entry));
  // Some sources are one folder of their repository.
  if (!has('configure.ac') && has(`${name}/configure.ac`)) {
    rmSync(`${tree}.whole`, { recursive: true, force: true });
    renameSync(`${tree}.new`, `${tree}.whole`);
    renameSync(path.join(`${tree}.whole`, name), `${tree}.new`);
    rmSync(`${tree}.whole`, { recursive: true });
  }
  const folder = path.join(buildroot, packageFolder);
  const patches = existsSync(folder)
    ? readdirSync(folder)
        .filter((entry) => entry.endsWith('.patch'))
        .sort()
    : [];
  for (const patch of patches) {
    const args = ['-d', `${tree}.new`, '-p1', '-N', '-s', '-i', path.join(folder, patch)];
    if (run('patch', [...args, '--dry-run']).isDone) run('patch', args);
    else complaints.push(`without ${patch}`);
  }
  if (!has('configure') && has('configure.ac')) {
    const own = ['bootstrap', 'autogen.sh'].find(has);
    const command = own === undefined ? 'autoreconf -fi' : `./${own}`;
    const { isDone, complaint } = run('sh', ['-c', command], {
      cwd: `${tree}.new`,
      env: { ...process.env, PATH: `${gitShim(version)}:${process.env.PATH}`, NOCONFIGURE: '1' },
    });
    if (!isDone) fail(`${tree}: ${command} failed:\n${complaint}`);
  }
  if (!isReconfigured(folder)) patchLibtool(`${tree}.new`);
  complaints.push(...acceptOptions(name, `${tree}.new`));
  rmSync(tree, { recursive: true, force: true });
  renameSync(`${tree}.new`, tree);
  return complaints;
}

const overrides = [];
for (const [name, source] of Object.entries(sources)) {
  const entry = info[name];
  if (entry === undefined) continue;
  const wanted = entry.version;
  const byHand = path.join(downloads, 'trees', name);
  const { version, file } = existsSync(byHand)
    ? { version: 'given by hand', file: byHand }
    : fetchNearest(source, wanted);
  const [{ source: download } = {}] = entry.downloads ?? [];
  const expected = expectedChecksum(entry.hashes ?? [], download);
  if (file !== byHand && hasExpectedBytes(file, expected)) {
    const folder = path.join(downloads, entry.dl_dir);
    mkdirSync(folder, { recursive: true });
    copyFileSync(file, path.join(folder, download));
    console.log(`${name} ${wanted}: the same file`);
    continue;
  }
  const tree = path.join(trees, name);
  const stamp = path.join(trees, `${name}.version`);
  let notes = [];
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== version) {
    notes = makeTree(name, entry, file, tree);
    rmSync(path.join(output, 'build', `${name}-custom`), {
      recursive: true,
      force: true,
    });
    writeFileSync(stamp, version);
  }
  overrides.push(`${variableName(name)}_OVERRIDE_SRCDIR = ${tree}`);
  const taken = upstreamVersion(version);
  console.log(
    [`${name} ${wanted}: ${taken === wanted ? 'another tarball' : taken}`, ...notes].join(', '),
  );
}
writeFileSync(path.join(output, 'local.mk'), `${overrides.join('\n')}\n`);
