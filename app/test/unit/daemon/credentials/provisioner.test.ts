import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { readEcdsaKey, readGroup } from 'xtt';
import { longestRun, Provisioner } from '../../../../src/daemon/credentials/provisioner.ts';
import type {
  ProvisionerOptions,
  ProveServer,
} from '../../../../src/daemon/credentials/provisioner.ts';
import type { FaultKind } from '../../../../src/dev/enf-server/xtt/faults.ts';
import { XttService } from '../../../../src/dev/enf-server/xtt/xtt-service.ts';
import { createAuthority, selfSignClient } from '../../../../src/dev/pki/authority.ts';
import { createGroup, createMember } from '../../../../src/dev/pki/xtt-group.ts';
import { GivenUpError } from '../../../../src/core/attempt.ts';
import { milliseconds, seconds } from '../../../../src/core/time.ts';
import { loadIdentity } from '../../../../src/identity/files.ts';
import { WriteRehearsal } from '../../../../src/identity/write-rehearsal.ts';
import { tpmSettings } from '../../../../src/identity/tpm/tpm-settings.ts';
import { keepPending } from '../../../../src/identity/pending-pair.ts';
import { systemClock } from '../../../../src/platform/deadline-timer.ts';
import { withFileLock } from '../../../../src/platform/file-lock.ts';
import { pause } from '../../../../src/platform/pause.ts';
import { takeLock } from '../../../../src/platform/machine-lock.ts';
import { parseIpv6 } from '../../../../src/wire/ipv6-address.ts';
import type { ProvisioningStep } from '../../../../src/tunnel/tunnel-state.ts';
import { readIssuer } from 'xtt';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { MemoryLog } from '../../platform/memory-log.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';

const group = new Map(createGroup('unit').map(({ name, content }) => [name, content]));
const member = createMember(readIssuer(group.get('daa_issuer.bin')!));
const authority = createAuthority();
const otherRoot = createAuthority().cert;
const old = authority.issueClient('fd00::1');
const left = selfSignClient('fd00::2');
const lockName = `enftun-test/${process.pid}`;

describe('a run of provisioning', () => {
  const folder = scratchFolder();
  const file = (name: string): string => path.join(folder(), name);
  const place = () => ({ certFile: file('c'), keyFile: file('k'), owner: undefined });
  const load = () =>
    loadIdentity({ caCertFile: file('ca'), certFile: file('c'), keyFile: file('k') });
  let steps: ProvisioningStep[];
  let stop: AbortController;
  /** Searches for a server. */
  let asked: number;
  let service: XttService | undefined;

  beforeEach(() => {
    [steps, asked] = [[], 0];
    stop = new AbortController();
    mkdirSync(file('group'));
    for (const [name, content] of group) writeFileSync(file(`group/${name}`), content);
    for (const { name, content } of member) writeFileSync(file(`group/${name}`), content);
    writeFileSync(file('group/tls_root.pem'), authority.cert);
  });
  afterEach(() => {
    stop.abort();
    service?.close();
    service = undefined;
  });

  async function serve(fault?: FaultKind): Promise<number> {
    service = new XttService({
      groups: [readGroup(group.get('daa_gpk.bin')!, Buffer.from('unit'))],
      certificate: group.get('xtt_server.bin')!,
      key: readEcdsaKey(group.get('xtt_server.key')!),
      network: parseIpv6('fd00:8f80:1::')!,
      registry: new Map(),
      faults: fault === undefined ? [] : [{ kind: fault, count: 1 }],
      log: new MemoryLog(),
    });
    return service.listen('127.0.0.1', 0);
  }

  function provisioner(
    port: number | undefined,
    onServer = (): void => undefined,
    given: Partial<ProvisionerOptions> = {},
  ): Provisioner {
    const search = (prove: ProveServer, signal: AbortSignal) => {
      assert.ok(port !== undefined, 'no server is needed');
      asked++;
      onServer();
      const stream = connect(port, '127.0.0.1');
      const proved = prove({ stream, localAddress: undefined }, 'the server', signal);
      const connection = proved.then((server) => ({ ...server, ofNoUse: () => undefined }));
      const ignore = (): void => undefined;
      return { connection, routesChanged: ignore, transportUsable: ignore, restart: ignore };
    };
    return new Provisioner({
      ...{ place: place(), rootsFile: file('ca'), search, clock: systemClock, lockName },
      group: { folder: file('group'), tcti: '' },
      keyTpm: undefined,
      basename: undefined,
      rehearsal: new WriteRehearsal(systemClock),
      ...given,
    });
  }

  const run = (port: number | undefined, refusedCert?: string): Promise<void> =>
    provisioner(port).run({
      refusedCert,
      signal: stop.signal,
      onStep: (step) => steps.push(step),
    });

  function putOldPair(): void {
    writeFileSync(file('ca'), authority.cert);
    writeFileSync(file('c'), old.cert);
    writeFileSync(file('k'), old.key, { mode: 0o600 });
  }

  it('leads from an empty folder to an identity', async () => {
    await run(await serve());
    const { addressText, ca } = await load();
    assert.match(addressText, /^fd00:8f80:1:/);
    assert.equal(ca, authority.cert);
    assert.deepEqual(steps, ['waiting', 'group', 'server', 'signing', 'answer', 'storing']);
    assert.deepEqual(readdirSync(folder()).sort(), ['c', 'ca', 'group', 'k']);
  });

  it('gives a member the same address for each of its keys', async () => {
    const port = await serve();
    await run(port);
    const first = await load();
    await run(port);
    const second = await load();
    assert.equal(first.addressText, second.addressText);
    assert.notEqual(first.key, second.key);
  });

  // What a power cut leaves after each step of the writing.
  const cuts: Record<string, () => void> = {
    'the third file': () => undefined,
    'the key': () => writeFileSync(file('k'), left.key, { mode: 0o600 }),
    'the certificate': () => {
      writeFileSync(file('k'), left.key, { mode: 0o600 });
      writeFileSync(file('c'), left.cert);
    },
  };
  for (const [what, cut] of Object.entries(cuts)) {
    // errors.md: cut-off
    it(`finishes without a server what was cut off after ${what}`, async () => {
      putOldPair();
      await keepPending(place(), left);
      cut();
      await run(undefined, old.cert);
      assert.equal((await load()).addressText, 'fd00::2');
      assert.deepEqual(readdirSync(folder()).sort(), ['c', 'ca', 'group', 'k']);
    });
  }

  it('leaves the files alone while another program has their lock', async () => {
    putOldPair();
    await keepPending(place(), left);
    let running: Promise<void> | undefined;
    await withFileLock(file('k'), async () => {
      running = run(undefined, old.cert);
      for (let i = 0; i < 50; i++) await pause(milliseconds(1));
      assert.equal((await load()).addressText, 'fd00::1');
    });
    await running;
    assert.equal((await load()).addressText, 'fd00::2');
  });

  it('does not come back to a pair that was refused', async () => {
    putOldPair();
    await keepPending(place(), left);
    await run(await serve(), left.cert);
    assert.match((await load()).addressText, /^fd00:8f80:1:/);
  });

  // errors.md: files
  it('leaves the old pair whole when the new one cannot be written', async () => {
    putOldPair();
    mkdirSync(file('k.pending'));
    await assert.rejects(run(await serve()), {
      reason: 'files',
      message: /k\.pending: is a folder/,
    });
    assert.equal(asked, 0, 'the ENF would have registered a key that cannot be stored');
    assert.equal((await load()).addressText, 'fd00::1');
  });

  it('asks no server while a card keeps nothing of what is written', async () => {
    const certFile = '/data/identity/c';
    const keyFile = '/data/identity/k';
    const running = provisioner(undefined, undefined, {
      place: { certFile, keyFile, owner: undefined },
      storage: { path: '/data', state: 'memory' },
    }).run({ refusedCert: undefined, signal: stop.signal, onStep: (step) => steps.push(step) });
    await assert.rejects(running, { reason: 'files', message: /\/data is in memory/ });
    assert.deepEqual(steps, []);
  });

  it('names a TPM that cannot be opened twice, before it is opened', async () => {
    const keyTpm = tpmSettings({
      ...{ tcti: 'device', device: '/dev/tpm0', socketHost: '', socketPort: '' },
      ...{ hierarchy: 0, password: undefined, parent: 0 },
    });
    const group = { folder: undefined, tcti: keyTpm.tcti };
    const running = provisioner(undefined, undefined, { keyTpm, group }).run({
      ...{ refusedCert: undefined, signal: stop.signal, onStep: () => undefined },
    });
    await assert.rejects(running, { reason: 'tpm', message: /\/dev\/tpm0 serves one .*tpmrm0/ });
  });

  it('does not take its own fault for one of a slow server', async () => {
    const clock = new FakeClock();
    const search = (): never => {
      clock.advance(longestRun);
      throw new TypeError('a bug');
    };
    const running = provisioner(undefined, undefined, { clock, search }).run({
      ...{ refusedCert: undefined, signal: stop.signal, onStep: () => undefined },
    });
    await assert.rejects(running, { name: 'TypeError', message: 'a bug' });
  });

  const failures: [fault: FaultKind, reason: string, message: RegExp][] = [
    ['garbage', 'unreachable', /no XTT handshake/],
    ['close-late', 'server', /closed the connection; if this persists/],
    ['refuse', 'refused', /refuses this device; ask the operator/],
    ['bad-address', 'server', /assigned ::1, which cannot be used/],
  ];
  for (const [fault, reason, message] of failures) {
    // errors.md: provisioning
    it(`changes nothing when the server has the fault ${fault}`, async () => {
      putOldPair();
      // Of the operator, and not those of the group.
      writeFileSync(file('ca'), otherRoot);
      await assert.rejects(run(await serve(fault), old.cert), { reason, message });
      const { addressText, ca } = await load();
      assert.deepEqual([addressText, ca], ['fd00::1', otherRoot]);
      assert.deepEqual(readdirSync(folder()).sort(), ['c', 'ca', 'group', 'k']);
    });
  }

  it('says what the group lacks before a server is asked', async () => {
    rmSync(file('group/daa_cred.bin'));
    await assert.rejects(run(undefined), {
      reason: 'group',
      message: /daa_cred\.bin: the credential of this member is missing; prepare/,
    });
  });

  it('replaces the whole file of the roots', async () => {
    writeFileSync(file('ca'), 'x'.repeat(9999));
    await provisioner(undefined).restoreRoots(stop.signal);
    assert.equal(readFileSync(file('ca'), 'utf8'), authority.cert);
  });

  it('changes nothing once it was given up', async () => {
    const port = await serve('stall');
    const running = provisioner(port, () => setImmediate(() => stop.abort())).run({
      refusedCert: undefined,
      signal: stop.signal,
      onStep: (step) => steps.push(step),
    });
    await assert.rejects(running, GivenUpError);
    assert.deepEqual(readdirSync(folder()).sort(), ['group']);
  });

  it('waits for another service that does the same, and not without end', async () => {
    const clock = new FakeClock();
    const options = { name: lockName, longestWait: seconds(60), clock, signal: stop.signal };
    const free = await takeLock(options);
    const second = takeLock(options);
    await settle();
    free!();
    await settle();
    clock.advance(250);
    (await second)!();
    const third = await takeLock(options);
    let result: unknown = 'waiting';
    const fourth = takeLock(options).then((given) => (result = given));
    for (let i = 0; i < 250 && result === 'waiting'; i++) {
      clock.advance(250);
      await settle();
    }
    await fourth;
    assert.equal(result, undefined);
    third!();
  });
});
