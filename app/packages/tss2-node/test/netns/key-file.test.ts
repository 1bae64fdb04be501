/** Key files to and from Debian's tpm2-tools, on a real swtpm. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  decodeKeyFile,
  encodeKeyFile,
  hierarchies,
  hierarchyParentTemplate,
  signingTemplate,
  type Tpm,
} from '../../src/index.ts';
import { parentHandle as parent, Simulator } from './simulator.ts';

const parentText = `0x${parent.toString(16)}`;
const toolTimeoutMs = 60_000;
const digest = createHash('sha256').update('text').digest();

describe('key files and tpm2-tools', () => {
  let simulator: Simulator;
  let tpm: Tpm;
  let folder: string;

  /** Runs one of the tpm2-tools in the folder, then flushes the objects it left loaded; no resource manager does so. */
  async function run(program: string, ...args: string[]): Promise<void> {
    const options = {
      cwd: folder,
      // Without the preloaded sanitizer, in which the tools can deadlock.
      env: { PATH: process.env.PATH, TPM2TOOLS_TCTI: simulator.swtpm.configuration },
      timeout: toolTimeoutMs,
    };
    await promisify(execFile)(program, args, options);
    for (const handles of ['-t', '-l']) {
      await promisify(execFile)('tpm2_flushcontext', [handles], options);
    }
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'key-file-'));
    simulator = await Simulator.start();
    ({ tpm } = simulator);
  });

  after(async () => {
    await simulator.stop();
    await rm(folder, { recursive: true });
  });

  it('tpm2_load takes what encodeKeyFile writes', async () => {
    const made = await tpm.create(parent, signingTemplate);
    const text = encodeKeyFile({ ...made, parent, emptyAuth: true });
    await writeFile(path.join(folder, 'ours.pem'), text);
    // It finds the parent in the file.
    await run('tpm2_load', '-r', 'ours.pem', '-c', 'ours.ctx', '-n', 'ours.name');
    await using key = await tpm.load(parent, made);
    assert.deepEqual(await readFile(path.join(folder, 'ours.name')), Buffer.from(key.name));
  });

  it('tpm2_load derives the parent of a hierarchy as hierarchyParentTemplate does', async () => {
    await using primary = await tpm.createPrimary(hierarchies.owner, hierarchyParentTemplate);
    const made = await tpm.create(primary.handle, signingTemplate);
    const text = encodeKeyFile({ ...made, parent: hierarchies.owner, emptyAuth: true });
    await writeFile(path.join(folder, 'owner.pem'), text);
    await run('tpm2_load', '-r', 'owner.pem', '-c', 'owner.ctx');
  });

  it('decodeKeyFile reads what tpm2_encodeobject writes, and writes the same but for one byte', async () => {
    await run('tpm2_create', '-C', parentText, '-G', 'ecc256', '-u', 'pub', '-r', 'priv');
    const files = ['-u', 'pub', '-r', 'priv'];
    await run('tpm2_encodeobject', '-C', parentText, ...files, '-p', '-o', 'theirs.pem');
    const text = await readFile(path.join(folder, 'theirs.pem'), 'utf8');
    const file = decodeKeyFile(text);
    assert.deepEqual([file.parent, file.emptyAuth], [parent, true]);
    await using key = await tpm.load(file.parent, file);
    await tpm.sign(key.handle, digest);
    const [theirs, ours] = [text, encodeKeyFile(file)].map((pem) => der(pem));
    // Theirs has true as 01.
    assert.equal(ours!.replace('a0030101ff', 'a003010101'), theirs);
  });

  it('keeps that a key needs an authorization value', async () => {
    await run('tpm2_create', '-C', parentText, '-p', 'pin', '-u', 'pub2', '-r', 'priv2');
    const files = ['-u', 'pub2', '-r', 'priv2'];
    await run('tpm2_encodeobject', '-C', parentText, ...files, '-o', 'pin.pem');
    const file = decodeKeyFile(await readFile(path.join(folder, 'pin.pem'), 'utf8'));
    assert.equal(file.emptyAuth, false);
  });
});

function der(pem: string): string {
  return Buffer.from(pem.replaceAll(/-----.*-----/g, ''), 'base64').toString('hex');
}
