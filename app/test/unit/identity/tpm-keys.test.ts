/** Who gets which opened key, with a provider that opens when the test says so. */
import assert from 'node:assert/strict';
import type { ProviderKey, TlsContext } from 'tls-stream';
import { EnvironmentError } from '../../../src/core/errors.ts';
import type { TpmKeyFile } from '../../../src/identity/tpm/tpm-key-file.ts';
import { TpmKeys } from '../../../src/identity/tpm/tpm-keys.ts';
import { tpmSettings } from '../../../src/identity/tpm/tpm-settings.ts';

const settings = tpmSettings({
  ...{ tcti: 'device', device: '/dev/no-tpm', socketHost: 'localhost', socketPort: '2321' },
  ...{ hierarchy: 0x40000001, password: undefined, parent: 0x81000001 },
});
const file = (pem: string) => ({ pem }) as TpmKeyFile;

class FakeKey {
  isClosed = false;
  close(): void {
    this.isClosed = true;
  }
}

/** Each opening ends with `finish`. */
function provider() {
  const openings: ((key: FakeKey) => void)[] = [];
  const keys = new TpmKeys(
    () => new Promise((resolve) => openings.push((key) => resolve(key as unknown as ProviderKey))),
  );
  return { keys, openings };
}

describe('keys in the TPM', () => {
  it('are opened once for two callers at the same time, who get one open key', async () => {
    const { keys, openings } = provider();
    const both = Promise.all([
      keys.open('k', file('A'), settings),
      keys.open('k', file('A'), settings),
    ]);
    const opened = new FakeKey();
    openings[0]!(opened);
    const [one, other] = await both;
    assert.equal(openings.length, 1);
    assert.equal(one, other);
    assert.ok(one.isOpen && !opened.isClosed);
    assert.equal(await keys.open('k', file('A'), settings), one);
  });

  it('take the place of the former one, which is closed', async () => {
    const { keys, openings } = provider();
    const [first, second] = [new FakeKey(), new FakeKey()];
    const before = keys.open('k', file('A'), settings);
    openings[0]!(first);
    await before;
    const after = keys.open('k', file('B'), settings);
    openings[1]!(second);
    await after;
    assert.deepEqual([first.isClosed, second.isClosed], [true, false]);
  });

  it('give no context once a signature has failed, and are opened again', async () => {
    const { keys, openings } = provider();
    const opening = keys.open('k', file('A'), settings);
    openings[0]!(new FakeKey());
    const key = await opening;
    key.close();
    const make = () => assert.fail('made a context') as TlsContext;
    assert.throws(() => key.context('hello', make), EnvironmentError);
    const again = keys.open('k', file('A'), settings);
    openings[1]!(new FakeKey());
    assert.ok((await again).isOpen);
  });
});
