/** Response codes against the header of tpm2-tss; test/netns compares with the words of tpm2_rc_decode. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { decodeResponseCode, TpmResponseError } from '../../src/index.ts';

const header = '/usr/include/tss2/tss2_tpm2_types.h';

describe('response codes', () => {
  for (const [code, text, retry] of [
    [0x000, 'TPM_RC_SUCCESS (0x000)', 'no'],
    [0x1c4, 'TPM_RC_VALUE (0x1c4) for parameter 1', 'no'],
    [0xfc4, 'TPM_RC_VALUE (0xfc4) for parameter 15', 'no'],
    [0x18b, 'TPM_RC_HANDLE (0x18b) for handle 1', 'no'],
    [0x092, 'TPM_RC_SCHEME (0x092) for a handle', 'no'],
    [0x98e, 'TPM_RC_AUTH_FAIL (0x98e) for session 1', 'no'],
    [0x146, 'TPM_RC_NV_RANGE (0x146)', 'no'],
    [0x01e, 'TPM_RC_BAD_TAG (0x01e)', 'no'],
    [0x922, 'TPM_RC_RETRY (0x922)', 'now'],
    [0x908, 'TPM_RC_YIELDED (0x908)', 'now'],
    [0x90a, 'TPM_RC_TESTING (0x90a)', 'now'],
    [0x920, 'TPM_RC_NV_RATE (0x920)', 'later'],
    [0x921, 'TPM_RC_LOCKOUT (0x921)', 'later'],
    [0x902, 'TPM_RC_OBJECT_MEMORY (0x902)', 'later'],
    [0x503, 'response code 0x503', 'no'],
    [0x005, 'response code 0x005', 'no'],
    [0xa000a, 'TSS2_TCTI_RC_IO_ERROR (0xa000a)', 'no'],
    [0x7001b, 'TSS2_ESYS_RC_RSP_AUTH_FAILED (0x7001b)', 'no'],
    [0xc0922, 'TPM_RC_RETRY (0xc0922) from TPM, through the resource manager', 'now'],
    [0xb0143, 'TPM_RC_COMMAND_CODE (0xb0143) from RESMGR', 'no'],
    [0xb0922, 'TPM_RC_RETRY (0xb0922) from RESMGR', 'now'],
    [0xb0001, 'TSS2_RESMGR_RC_GENERAL_FAILURE (0xb0001)', 'no'],
    [0xff0001, 'TSS2_layer 255_RC_GENERAL_FAILURE (0xff0001)', 'no'],
  ] as const) {
    it(`0x${code.toString(16)} is ${text}`, () => {
      const decoded = decodeResponseCode(code);
      assert.equal(decoded.text, text);
      assert.equal(decoded.retry, retry);
      assert.equal(decoded.value, code);
    });
  }

  it('are named in errors, with what to do next', () => {
    const error = new TpmResponseError('TPM2_Sign', 0x921);
    assert.match(
      error.message,
      /^TPM2_Sign failed: TPM_RC_LOCKOUT \(0x921\); wait for the recovery/,
    );
    assert.equal(error.responseCode.name, 'TPM_RC_LOCKOUT');
    assert.equal(new TpmResponseError('TPM2_Sign', 0x92).message.endsWith('handle'), true);
  });

  it('have the names of the header, all of them', function () {
    if (!existsSync(header)) this.skip();
    const named = new Map<number, string>();
    const line =
      /^#define TPM2_RC_(\w+) +\(\(TPM2_RC\) \(TPM2_RC_(VER1|FMT1|WARN) \+ (0x\w+)\)\)/gm;
    const bases = { VER1: 0x100, FMT1: 0x080, WARN: 0x900 };
    for (const [, name, base, value] of readFileSync(header, 'utf8').matchAll(line)) {
      named.set(bases[base as keyof typeof bases] + Number(value), `TPM_RC_${name}`);
    }
    // The end of a range, and a value that is reserved.
    named.delete(0x17f);
    named.delete(0x97f);
    assert.ok(named.size > 90, `${named.size} codes in the header`);
    for (let low = 0; low < 0x80; low++) {
      for (const code of [0x100 + low, 0x900 + low, ...(low < 0x40 ? [0x080 + low] : [])]) {
        assert.equal(decodeResponseCode(code).name, named.get(code), `0x${code.toString(16)}`);
      }
    }
  });
});
