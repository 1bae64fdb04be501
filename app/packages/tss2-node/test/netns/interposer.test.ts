/** Sessions with an attacker between processor and TPM, on a real swtpm. */
import assert from 'node:assert/strict';
import {
  commandCodes,
  firstHandles,
  hierarchies,
  parentTemplate,
  Tpm,
  type TctiTransport,
} from '../../src/index.ts';
import { Swtpm } from '../../testing/index.ts';
import { Interposer } from './interposer.ts';

const saltKey = 0x81000001;
const attackersKey = 0x81000002;
const getRandom = 0x17b;
const startAuthSession = 0x176;
const codeOffset = 6;
const handleOffset = 10;

describe('sessions with an attacker on the bus', () => {
  let swtpm: Swtpm;
  let interposer: Interposer;
  let tpm: Tpm<TctiTransport>;

  before(async () => {
    swtpm = await Swtpm.start();
    await using direct = Tpm.open(swtpm.configuration);
    for (const [hierarchy, handle] of [
      [hierarchies.owner, saltKey],
      [hierarchies.endorsement, attackersKey],
    ] as const) {
      await using key = await direct.createPrimary(hierarchy, parentTemplate);
      await direct.evictControl(key.handle, handle);
    }
  });

  beforeEach(async () => {
    interposer = await Interposer.start(swtpm);
    tpm = Tpm.open(interposer.configuration);
  });

  afterEach('no session is left in the TPM', async () => {
    interposer.onCommand = (message) => message;
    interposer.onResponse = (message) => message;
    assert.deepEqual(await tpm.listCapability('handles', firstHandles.loadedSession), []);
    await tpm.close();
    interposer[Symbol.dispose]();
  });

  after(() => swtpm.stop());

  it('do not start with a salt key of another name, whatever TPM2_ReadPublic answers before', async () => {
    const { name } = await tpm.readPublic(saltKey);
    interposer.onCommand = (command) => {
      const code = command.readUInt32BE(codeOffset);
      if (code === commandCodes.ReadPublic || code === startAuthSession) {
        command.writeUInt32BE(attackersKey, handleOffset);
      }
      return command;
    };
    await assert.rejects(tpm.startSession(saltKey, { saltKeyName: name }), {
      code: 'SALT_KEY',
      message: /^the salt key 0x81000001 has another name than saltKeyName: /,
    });
    interposer.onCommand = (command) => command;
    await using session = await tpm.startSession(saltKey, { saltKeyName: name });
    assert.equal((await session.getRandom(4)).length, 4);
    await assert.rejects(tpm.startSession(saltKey, { saltKeyName: new Uint8Array() }), {
      code: 'FORMAT',
    });
  });

  it('end when a response was changed, and others can be started', async () => {
    let asked = 0;
    interposer.onCommand = (command) => {
      asked = command.readUInt32BE(codeOffset);
      return command;
    };
    interposer.onResponse = (response) => {
      // A bit of the HMAC, which comes last.
      if (asked === getRandom) response[response.length - 1]! ^= 1;
      return response;
    };
    for (let round = 0; round < 4; round++) {
      const [session, other] = [await tpm.startSession(saltKey), await tpm.startSession(saltKey)];
      await assert.rejects(session.getRandom(4), /TSS2_ESYS_RC_RSP_AUTH_FAILED/);
      await assert.rejects(other.getRandom(4), /TPM_RC_REFERENCE_S0/);
    }
  });
});
