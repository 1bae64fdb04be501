import assert from 'node:assert/strict';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { seconds } from '../../../../src/core/time.ts';
import type { LoadRequest } from '../../../../src/daemon/credentials/credentials.ts';
import { XttCredentials } from '../../../../src/daemon/credentials/xtt-credentials.ts';
import { IdentityError, type IdentityStep } from '../../../../src/identity/identity-error.ts';
import type { Identity } from '../../../../src/identity/identity.ts';
import {
  ProvisioningError,
  type ProvisioningReason,
} from '../../../../src/identity/provisioning-error.ts';
import { mostPromptFailures } from '../../../../src/tunnel/provisioning-policy.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

const named = (cert: string): Identity => ({ cert, addressText: cert }) as Identity;
const unusable = (step: IdentityStep): IdentityError =>
  new IdentityError(`no ${step}`, { step, file: step });

describe('credentials from files and XTT', () => {
  let clock: FakeClock;
  let log: MemoryLog;
  /** What the files have. */
  let files: Identity | EnvironmentError;
  /** What the next run brings. */
  let result: Identity | ProvisioningReason;
  let runs: (string | undefined)[];
  let restored: number;
  /** False: the files are read as before all the same, as a TPM may not open the new key. */
  let isStoredUsable: boolean;
  let runEnds: Promise<void>;
  let changes: number;
  let ends: (string | undefined)[];
  let steps: string[];
  let credentials: XttCredentials;

  beforeEach(() => {
    clock = new FakeClock();
    log = new MemoryLog();
    [runs, ends, steps, restored, changes] = [[], [], [], 0, 0];
    [isStoredUsable, runEnds] = [true, Promise.resolve()];
    result = named('new');
    credentials = new XttCredentials({
      files: {
        load: () =>
          files instanceof EnvironmentError ? Promise.reject(files) : Promise.resolve(files),
        reload: () => Promise.resolve(false),
      },
      provisioner: () =>
        Promise.resolve({
          run: async ({ refusedCert, onStep }) => {
            runs.push(refusedCert);
            if (result !== 'unreachable') onStep('answer');
            await runEnds;
            if (typeof result === 'string') throw new ProvisioningError(result, result);
            if (isStoredUsable) files = result;
          },
          restoreRoots: () => {
            restored++;
            return Promise.resolve();
          },
          networkChanged: () => changes++,
        }),
      ...{ clock, log },
    });
  });

  const load = (refused?: Identity): Promise<Identity> => {
    const onEnd: LoadRequest['onEnd'] = (problem) => ends.push(problem);
    const onStep: LoadRequest['onStep'] = (step) => steps.push(step);
    const { signal } = new AbortController();
    return credentials.load({ refused, signal, onStep, onEnd });
  };

  it('asks no server while the files have an identity that is not refused', async () => {
    files = named('old');
    assert.equal((await load()).cert, 'old');
    assert.equal((await load(named('older'))).cert, 'old');
    assert.deepEqual(runs, []);
  });

  for (const step of ['certificate', 'key', 'pair', 'name'] as const) {
    it(`asks for an identity when the files are unusable: ${step}`, async () => {
      files = unusable(step);
      assert.equal((await load()).cert, 'new');
      assert.deepEqual([runs, ends], [[undefined], [undefined]]);
    });
  }

  it('asks for none when the machine cannot read its files now', async () => {
    files = new EnvironmentError('too many open files', { errno: 'EMFILE', syscall: 'open' });
    await assert.rejects(load(), /too many open files/);
    assert.deepEqual(runs, []);
  });

  it('takes the roots of the group where they are all that is missing', async () => {
    files = unusable('ca');
    await assert.rejects(load(), { step: 'ca' });
    assert.deepEqual([restored, runs], [1, []]);
    // By which the start of the service is over.
    assert.deepEqual([steps, ends], [['waiting'], [undefined]]);
  });

  it('asks for another in the place of a refused one, and keeps that until it has it', async () => {
    files = named('old');
    result = 'unreachable';
    assert.equal((await load(files)).cert, 'old');
    assert.deepEqual([runs, ends], [['old'], ['unreachable']]);
    result = named('new');
    assert.equal((await load(files)).cert, 'new');
  });

  // errors.md: provisioning-unreachable
  it('retries without end what is not a refusal', async () => {
    files = unusable('certificate');
    result = 'unreachable';
    for (let i = 0; i < 20; i++) await assert.rejects(load(), { reason: 'unreachable' });
    assert.equal(runs.length, 20);
  });

  // errors.md: provisioning-refused
  it('asks once an hour after repeated refusals, and at once after a reload', async () => {
    files = unusable('certificate');
    result = 'refused';
    for (let i = 0; i < 10; i++) await assert.rejects(load(), { reason: 'refused' });
    assert.equal(runs.length, mostPromptFailures + 1);
    assert.match(ends.at(-1) ?? '', /asks for a new identity again in 60 min; ask the operator/);
    clock.advance(seconds(3600));
    await assert.rejects(load());
    assert.equal(runs.length, mostPromptFailures + 2);
    await credentials.reload();
    await assert.rejects(load());
    assert.equal(runs.length, mostPromptFailures + 3);
  });

  for (const reason of ['server', 'files'] as const) {
    it(`pauses as well when servers are reached in vain: ${reason}`, async () => {
      files = unusable('certificate');
      result = reason;
      for (let i = 0; i < 10; i++) await assert.rejects(load(), { reason });
      assert.equal(runs.length, mostPromptFailures + 1);
      assert.match(ends.at(-1) ?? '', /again in 60 min; reload .* The last try: /);
    });
  }

  it('does not count an unreachable server towards the hour', async () => {
    files = unusable('certificate');
    result = 'refused';
    for (let i = 0; i < 10; i++) await assert.rejects(load());
    clock.advance(seconds(3600));
    const before = runs.length;
    result = 'unreachable';
    for (let i = 0; i < 5; i++) await assert.rejects(load(), { reason: 'unreachable' });
    assert.equal(runs.length, before + 5);
  });

  it('does not take the refused identity for a new one, and asks for no other at once', async () => {
    files = named('old');
    isStoredUsable = false;
    for (let i = 0; i < 5; i++) assert.equal((await load(files)).cert, 'old');
    assert.equal(runs.length, 1);
    assert.match(ends[0] ?? '', /has given this device an identity, which cannot be used; the log/);
    assert.doesNotMatch(log.lines.join(), /has a new identity/);
    // What kept it from being used is over.
    const next = named('new');
    const stored = files;
    files = next;
    assert.equal((await load(stored)).cert, 'new');
  });

  // errors.md: provisioning-unusable
  it('asks for no other at once when the stored files cannot be used', async () => {
    files = unusable('key');
    isStoredUsable = false;
    for (let i = 0; i < 5; i++)
      await assert.rejects(load(), { reason: 'files', message: /no key/ });
    assert.equal(runs.length, 1);
  });

  it('lets the end of a run that was given up not hide the next one', async () => {
    files = unusable('certificate');
    let end = (): void => undefined;
    runEnds = new Promise((resolve) => (end = resolve));
    const first = load();
    await settle();
    let endSecond = (): void => undefined;
    runEnds = new Promise((resolve) => (endSecond = resolve));
    const second = load();
    await settle();
    end();
    await first;
    credentials.networkChanged();
    assert.equal(changes, 1);
    endSecond();
    await second;
  });

  it('counts identities that the tunnel refuses, and none twice', async () => {
    files = named('0');
    let identity: Identity = files;
    for (let i = 1; i < 10; i++) {
      // The network fails: the same identity is refused again.
      result = 'unreachable';
      for (let again = 0; again < 3; again++) assert.equal(await load(identity), identity);
      result = named(String(i));
      identity = await load(identity);
    }
    assert.equal(identity.cert, String(mostPromptFailures));
    credentials.accepted();
    result = named('accepted');
    assert.equal((await load(identity)).cert, 'accepted');
  });
});
