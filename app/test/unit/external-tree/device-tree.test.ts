import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { top } from './tree.ts';

/** A kernel's sources: LINUX_DIR, or what Debian's linux-source was unpacked to. */
function linuxSources(): string | undefined {
  const debian = existsSync('/usr/src')
    ? readdirSync('/usr/src').map((name) => path.join('/usr/src', name))
    : [];
  const candidates = [process.env.LINUX_DIR, ...debian].filter((name) => name !== undefined);
  return candidates.find((name) =>
    existsSync(path.join(name, 'arch/arm/boot/dts/microchip/sama5d2.dtsi')),
  );
}

const linux = linuxSources();
const hasTools = ['cpp', 'dtc', 'fdtget'].every(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0,
);

describe('external tree: device trees', () => {
  if (linux === undefined || !hasTools) {
    it.skip('compile (LINUX_DIR names kernel sources; dtc and cpp are needed)');
    return;
  }

  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'device-tree-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function compile(board: string): string {
    const source = path.join(top, 'board', board, `dts/microchip/at91-${board}.dts`);
    const expanded = path.join(folder, `${board}.dts`);
    const binary = path.join(folder, `${board}.dtb`);
    const includes = [
      path.join(top, 'board/common/dts/microchip'),
      path.join(linux ?? '', 'arch/arm/boot/dts/microchip'),
      path.join(linux ?? '', 'arch/arm/boot/dts'),
      path.join(linux ?? '', 'include'),
    ].flatMap((name) => ['-I', name]);
    const cpp = ['-nostdinc', '-undef', '-D__DTS__', '-x', 'assembler-with-cpp'];
    run('cpp', [...cpp, ...includes, source, '-o', expanded]);
    const { stderr } = run('dtc', ['-I', 'dts', '-O', 'dtb', '-o', binary, expanded]);
    const own = stderr
      .split('\n')
      .filter((line) => line.includes('/board/') && !line.includes('also defined at'));
    assert.deepEqual(own, [], 'warnings about our own files');
    return binary;
  }

  function run(command: string, args: string[]) {
    const result = spawnSync(command, args, { encoding: 'utf8' });
    assert.equal(result.status, 0, `${command}: ${result.stderr}`);
    return result;
  }

  /** The text, or the cells in hexadecimal, of a property. */
  function property(binary: string, node: string, name: string, type = 's'): string {
    return run('fdtget', ['-t', type, binary, node, name]).stdout.trim();
  }

  for (const board of ['xaprc001', 'xaprw001']) {
    it(`${board}: compiles, with the hardware that its kernel options are for`, () => {
      const binary = compile(board);
      assert.match(property(binary, '/', 'compatible'), new RegExp(`^xaptum,${board} `));
      assert.equal(property(binary, '/memory@20000000', 'reg', 'x'), '20000000 10000000');
      assert.equal(property(binary, '/chosen', 'stdout-path'), 'serial0:115200n8');
      const eMmc = property(binary, '/aliases', 'mmc0');
      assert.match(eMmc, /a0000000$/);
      assert.equal(property(binary, eMmc, 'bus-width', 'u'), '8');
      assert.equal(property(binary, '/ahb/gadget@300000', 'status'), 'okay');
      assert.equal(property(binary, '/ahb/ohci@400000', 'status'), 'disabled');
      assert.equal(property(binary, '/ahb/ehci@500000', 'status'), 'disabled');
      const tpm = '/ahb/apb/spi@fc000000/tpm@1';
      assert.equal(property(binary, tpm, 'compatible'), 'infineon,slb9670 tcg,tpm_tis-spi');
      assert.equal(property(binary, tpm, 'spi-max-frequency', 'u'), '20000000');
      const radio = spawnSync('fdtget', [binary, '/ahb/sdio-host@b0000000', 'status'], {
        encoding: 'utf8',
      });
      assert.equal(radio.stdout.trim(), board === 'xaprw001' ? 'okay' : 'disabled');
    });
  }
});
