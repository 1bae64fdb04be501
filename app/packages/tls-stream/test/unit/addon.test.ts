/** Where the addon cannot be used, so that `node:tls` can be chosen. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requireNativeTls, TlsAddonError } from '../../src/index.ts';
import { loadAddon } from '../../src/native.ts';

describe('the addon', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tls-stream-'));
  after(() => rmSync(folder, { recursive: true }));

  const fails = (file: string, code: string): void =>
    assert.throws(
      () => loadAddon(file),
      (error) => error instanceof TlsAddonError && error.code === code,
    );

  it('can be used here', () => {
    requireNativeTls();
  });

  it('is missing', () => {
    fails(path.join(folder, 'nowhere.node'), 'MISSING');
  });

  it('is damaged', () => {
    const file = path.join(folder, 'damaged.node');
    writeFileSync(file, 'not an addon');
    fails(file, 'UNUSABLE');
  });

  it('belongs to another version', () => {
    const file = path.join(folder, 'old.cjs');
    writeFileSync(file, 'exports.openSession = () => 0');
    fails(file, 'UNUSABLE');
  });

  it('needs a function of OpenSSL that this Node.js does not offer', () => {
    const file = path.join(folder, 'stripped.node');
    const target = process.env.TLS_STREAM_ADDON ?? `build/linux-${process.arch}/tls-stream.node`;
    const bytes = readFileSync(path.resolve(import.meta.dirname, '../..', target));
    const name = Buffer.from('\0SSL_key_update\0');
    const at = bytes.indexOf(name);
    assert.ok(at > 0);
    bytes.write('SSL_key_upd8te', at + 1, 'latin1');
    writeFileSync(file, bytes);
    fails(file, 'UNSUPPORTED');
  });
});
