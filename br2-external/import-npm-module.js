/**
 * Writes the Buildroot package of an npm module that the bundle of app/ contains, or that builds it: version and hash
 * from app/package-lock.json, licence from the installed module. Run it again after each change of the lock file.
 *
 * usage: import-npm-module.js MODULE...
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

function fail(message) {
  console.error(`import-npm-module: ${message}`);
  process.exit(1);
}

const app = path.resolve(import.meta.dirname, '../app');
const lock = JSON.parse(readFileSync(path.join(app, 'package-lock.json'), 'utf8')).packages;

const ruler = '#'.repeat(80);
const sha512 = (integrity) =>
  Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');

/** SPDX as package.json has it, in the words of Buildroot. */
const licenseText = (spdx) =>
  spdx.replaceAll(/[()]/g, '').replaceAll(' OR ', ' or ').replaceAll(' AND ', ', ');

function importModule(module) {
  const entry = lock[`node_modules/${module}`];
  if (entry === undefined) fail(`app/package-lock.json has no module ${module}`);
  const name = `npm-${module.replace(/^@/, '').replaceAll(/[^a-z0-9]+/g, '-')}`;
  const variable = name.toUpperCase().replaceAll('-', '_');
  const installed = path.join(app, 'node_modules', module);
  const description = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  const licenses = readdirSync(installed).filter((file) => /^licen[cs]e/i.test(file));
  if (licenses.length === 0) fail(`${installed} has no licence file`);
  const tarball = `${path.basename(module)}-${entry.version}.tgz`;
  const folder = path.join(import.meta.dirname, 'package', name);
  const write = (file, lines) => writeFileSync(path.join(folder, file), `${lines.join('\n')}\n`);

  mkdirSync(folder, { recursive: true });
  write(`${name}.hash`, [
    '# From app/package-lock.json',
    `sha512  ${sha512(entry.integrity)}  ${tarball}`,
    '',
    '# Locally computed',
    ...licenses.map((file) => {
      const digest = createHash('sha256').update(readFileSync(path.join(installed, file)));
      return `sha256  ${digest.digest('hex')}  ${file}`;
    }),
  ]);
  write('Config.in', [
    `config BR2_PACKAGE_${variable}`,
    '\tbool',
    '\thelp',
    `\t  The npm module ${module}.`,
    '',
    '\t  Programs that use it are bundled with it: nothing is',
    '\t  installed on the target.',
    '',
    `\t  ${description.homepage?.startsWith('http') ? description.homepage.replace(/#.*/, '') : `https://www.npmjs.com/package/${module}`}`,
  ]);
  write(`${name}.mk`, [
    ruler,
    '#',
    `# ${name}`,
    '#',
    ruler,
    '',
    `${variable}_VERSION = ${entry.version}`,
    `${variable}_SITE = https://registry.npmjs.org/${module}/-`,
    `${variable}_SOURCE = ${path.basename(module)}-$(${variable}_VERSION).tgz`,
    `${variable}_LICENSE = ${licenseText(description.license)}`,
    `${variable}_LICENSE_FILES = ${licenses.join(' ')}`,
    `${variable}_INSTALL_STAGING = YES`,
    `${variable}_INSTALL_TARGET = NO`,
    '',
    `define ${variable}_INSTALL_STAGING_CMDS`,
    `\tmkdir -p $(STAGING_DIR)/usr/lib/node_modules/${module}`,
    `\trsync -a --exclude='/.*' $(@D)/ $(STAGING_DIR)/usr/lib/node_modules/${module}/`,
    'endef',
    '',
    '$(eval $(generic-package))',
  ]);
  return name;
}

const modules = process.argv.slice(2);
if (modules.length === 0) {
  console.error('usage: import-npm-module.js MODULE...');
  process.exit(2);
}
for (const module of modules) console.log(importModule(module));
