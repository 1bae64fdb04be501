import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createAuthority } from '../../../../../src/dev/pki/authority.ts';
import { runReport } from '../../../../../src/programs/enftun/report/report.ts';
import { openStatusSocket } from '../../../../../src/platform/status-socket.ts';
import { scratchFolder } from '../../../platform/scratch-folder.ts';
import { status } from '../../../status/status-fixture.ts';

describe('enftun report', () => {
  const folder = scratchFolder();
  const authority = createAuthority();
  const client = authority.issueClient('fd00:8f80:1::1234');
  let config: string;
  beforeEach(() => {
    const at = (name: string): string => path.join(folder(), name);
    config = at('enf0.conf');
    writeFileSync(at('ca.pem'), authority.cert);
    writeFileSync(at('c.pem'), client.cert);
    writeFileSync(at('k.pem'), client.key, { mode: 0o600 });
    writeFileSync(
      config,
      `remote = { ca_cert_file = "${at('ca.pem')}" hosts = ["enf.example"] }
       identity = { cert_file = "${at('c.pem')}" key_file = "${at('k.pem')}" tpm = { password = "hunter2" } }
       unknown = 1`,
    );
  });

  async function report(socket?: string): Promise<string> {
    let text = '';
    const stdout = (more: string): void => void (text += more);
    const date = (): Date => new Date('2026-11-23T12:00:00Z');
    assert.equal(await runReport({ file: config, socket, stdout, date }), 0);
    return text;
  }

  it('has settings, warnings, certificate, modes, status and network', async () => {
    const socket = path.join(folder(), 'status');
    const state = (): string => JSON.stringify(status());
    const server = await openStatusSocket({ path: socket, mode: 0o600, state });
    const text = await report(socket);
    server.close();
    assert.match(text, /^remote\.hosts = enf\.example$/m);
    assert.match(text, /unknown: unknown key, ignored/);
    assert.match(text, /subject: .*fd00/);
    assert.match(text, /k\.pem\nmode 600, owner \d+:\d+, \d+ bytes/);
    assert.match(text, /"state": "up"/);
    assert.match(text, /^== ip -6 route$/m);
    assert.match(text, /^== \/proc\/uptime\n[\d.]+ /m);
  });

  it('is complete when the service does not run', async () => {
    const text = await report(path.join(folder(), 'none'));
    assert.match(text, /no answer; the tunnel service is not running/);
    assert.match(text, /^== ip -6 route$/m);
  });

  it('does not wait for pipes in the place of certificate and key', async () => {
    for (const name of ['c.pem', 'k.pem']) {
      unlinkSync(path.join(folder(), name));
      execFileSync('mkfifo', [path.join(folder(), name)]);
    }
    const text = await report(path.join(folder(), 'none'));
    assert.match(text, /c\.pem\nmode 644, .*\nis not a regular file but a pipe$/m);
  });

  it('holds no byte of the key and no password, in whatever text form', async () => {
    const text = await report(path.join(folder(), 'none'));
    assert.match(text, /identity\.tpm\.password = \[set\]/);
    assert.ok(!text.includes('hunter2'));
    assert.doesNotMatch(text, /PRIVATE KEY/);
    const key = createPrivateKey(client.key);
    const { d = '' } = key.export({ format: 'jwk' });
    const secret = Buffer.from(d, 'base64url');
    const hex = text.replace(/[^0-9a-f]/gi, '').toLowerCase();
    assert.ok(!hex.includes(secret.toString('hex')));
    const letters = text.replace(/[^A-Za-z0-9+/_-]/g, '');
    for (let offset = 0; offset < 4; offset++) {
      assert.ok(!Buffer.from(letters.slice(offset), 'base64').includes(secret));
    }
    for (const line of client.key.split('\n').filter((one) => one.length > 20)) {
      if (!line.startsWith('-----')) assert.ok(!text.includes(line));
    }
  });

  it('would take out a key that came in another way', async () => {
    writeFileSync(path.join(folder(), 'c.pem'), 'no certificate');
    const hex = Buffer.from(
      createPrivateKey(client.key).export({ format: 'jwk' }).d ?? '',
      'base64url',
    );
    // A host cannot be this, but a pasted value can be anything.
    writeFileSync(
      config,
      `tun = { dev = "enf9" } identity = { cert_file = "c" key_file = "${path.join(folder(), 'k.pem')}" ip_file = "/${hex.toString('hex')}" }`,
    );
    const text = await report(path.join(folder(), 'none'));
    assert.match(text, /^identity\.ip_file = \/?\[removed\]/m);
    assert.ok(!text.includes(hex.toString('hex')));
  });
});
