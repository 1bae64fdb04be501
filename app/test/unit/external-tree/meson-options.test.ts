import assert from 'node:assert/strict';
import path from 'node:path';
import { external } from './tree.ts';

interface MesonOptions {
  unknownOptions(commandLine: string, declarations: string): string[];
  declare(names: string[]): string;
}

describe('external tree: options of meson', () => {
  let options: MesonOptions;
  before(async () => {
    options = (await import(path.join(external, 'debian/meson-options.js'))) as MesonOptions;
  });

  const declarations =
    "option('man', type : 'feature')\noption(\n  'nss-systemd',\n  type: 'boolean')\n";

  it('finds those that a release does not declare, each once', () => {
    const line =
      "-Dman=disabled -Dnspawn=disabled -Dnss-systemd=true -Dlibmount='enabled' -Dnspawn=disabled";
    assert.deepEqual(options.unknownOptions(line, declarations), ['nspawn', 'libmount']);
  });

  it("leaves meson's own alone, and what is not an option", () => {
    const line = '--prefix=/usr -Db_pie=false -Dstrip=false -Dbuild.pkg_config_path=/a-Dfake=1';
    assert.deepEqual(options.unknownOptions(line, declarations), []);
  });

  it('declares them so that none is unknown any more', () => {
    const more = declarations + options.declare(['nspawn', 'libmount']);
    assert.deepEqual(options.unknownOptions('-Dnspawn=disabled -Dlibmount=enabled', more), []);
  });
});
