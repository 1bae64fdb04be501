import assert from 'node:assert/strict';
import type { Tpm } from 'tss2-node';
import {
  TpmAddonError,
  TpmConnectionError,
  TpmResponseError,
  TpmTimeoutError,
  type DictionaryAttackState,
} from 'tss2-node';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { explainTpm, type TpmStep } from '../../../src/identity/tpm/explain-tpm.ts';
import { IdentityError } from '../../../src/identity/identity-error.ts';
import { tpmSettings } from '../../../src/identity/tpm/tpm-settings.ts';

const device = tpmSettings({
  ...{ tcti: 'device', device: '/dev/no-tpm', socketHost: 'localhost', socketPort: '2321' },
  ...{ hierarchy: 0x40000001, password: undefined, parent: 0x81000001 },
});
const now = new Date('2026-11-30T12:00:00Z');

function explain(error: unknown, step: TpmStep, parent = 0x81000001, tpm?: Tpm): Promise<unknown> {
  return explainTpm(error, { settings: device, step, file: '/k.pem', parent, now }, tpm);
}

describe('explain-tpm', () => {
  const rows: [what: string, error: Error, step: TpmStep, message: RegExp, ofKey?: boolean][] = [
    [
      // errors.md: tpm-parent
      'a parent that is missing',
      new TpmResponseError('TPM2_ReadPublic', 0x18b),
      'parent',
      /^\/k\.pem: the TPM has no parent 0x81000001 for this key; restore .*enftun keygen --tpm/,
      true,
    ],
    [
      // errors.md: tpm-other
      'the key of another TPM',
      new TpmResponseError('TPM2_Load', 0x1df),
      'load',
      /^\/k\.pem: belongs to another TPM, or is damaged \(TPM_RC_INTEGRITY\)/,
      true,
    ],
    [
      'a TPM that cannot load a key at the moment',
      new TpmResponseError('TPM2_Load', 0x922),
      'load',
      /the TPM at device:\/dev\/no-tpm refuses to load the key: .*TPM_RC_RETRY/,
    ],
    [
      // errors.md: tpm-password
      'a wrong password of the key',
      new TpmResponseError('TPM2_Sign', 0x98e),
      'sign',
      /refuses the password of this key; correct identity\.tpm\.password .*lockout/,
      true,
    ],
    [
      'a parent with a password',
      new TpmResponseError('TPM2_Load', 0x98e),
      'load',
      /the parent 0x81000001 in the TPM has a password, which cannot be given/,
      true,
    ],
    [
      // errors.md: tpm-full
      'no room for another object',
      new TpmResponseError('TPM2_Load', 0x902),
      'load',
      /has no room for another object \(TPM_RC_OBJECT_MEMORY\); use \/dev\/tpmrm0/,
    ],
    [
      // errors.md: tpm-silent
      'no answer',
      new TpmTimeoutError('late', true),
      'load',
      /the TPM at device:\/dev\/no-tpm does not answer/,
    ],
    [
      // errors.md: tpm-absent
      'no TPM',
      new TpmConnectionError('no'),
      'open',
      /the TPM \/dev\/no-tpm cannot be used: no such file .*identity\.tpm\.device names/,
    ],
    [
      'no library for TPMs',
      new TpmAddonError('libtss2-esys.so.0 is missing'),
      'open',
      /cannot be used: libtss2-esys\.so\.0 is missing/,
    ],
    [
      'a TPM that failed its test',
      new TpmResponseError('TPM2_Sign', 0x101),
      'sign',
      /refuses to sign: .*TPM_RC_FAILURE.*reset the machine/,
    ],
  ];
  for (const [what, error, step, message, ofKey = false] of rows) {
    it(`names ${what}`, async () => {
      const explained = await explain(error, step);
      assert.ok(explained instanceof EnvironmentError);
      assert.match(explained.message, message);
      // A new identity helps against a fault of the key only.
      assert.equal(explained instanceof IdentityError, ofKey);
    });
  }

  it('names a hierarchy with a password by what the key is used for', async () => {
    const refused = new TpmResponseError('TPM2_CreatePrimary', 0x9a2);
    const used = (await explain(refused, 'parent', 0x40000001)) as Error;
    assert.match(used.message, /its parent is the hierarchy 0x40000001.*persistent parent/);
    const made = (await explain(refused, 'create', 0x40000001)) as Error;
    assert.match(made.message, /refuses identity\.tpm\.password for the hierarchy 0x40000001/);
  });

  // errors.md: tpm-locked
  it('says until when a TPM is locked out', async () => {
    const state = { secondsUntilNextTry: 7200 } as DictionaryAttackState;
    const tpm = { dictionaryAttackState: () => Promise.resolve(state) } as Tpm;
    const error = new TpmResponseError('TPM2_Sign', 0x921);
    const explained = (await explain(error, 'sign', 0x81000001, tpm)) as Error;
    assert.match(explained.message, /locked out .* until 2026-11-30 14:00 UTC at the latest; wait/);
  });

  it('leaves what is not of the TPM as it is', async () => {
    const bug = new TypeError('a bug');
    assert.equal(await explain(bug, 'sign'), bug);
  });
});
