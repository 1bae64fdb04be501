import assert from 'node:assert/strict';
import { rehearse } from '../../../../src/programs/keygen/plan.ts';
import { tpmSettings } from '../../../../src/identity/tpm/tpm-settings.ts';

describe('where a new identity goes', () => {
  it('registers nothing while a card keeps nothing of what is written', async () => {
    const place = {
      ...{ certFile: '/data/identity/c', keyFile: '/data/identity/k', owner: undefined },
      ...{ tpm: undefined, writer: 'the user of this command' },
      settings: tpmSettings({
        ...{ tcti: 'device', device: '/dev/tpm0', socketHost: '', socketPort: '' },
        ...{ hierarchy: 0, password: undefined, parent: 0 },
      }),
    };
    const running = rehearse(place, { path: '/data', state: 'memory' });
    await assert.rejects(running, /nothing was changed: \/data is in memory/);
  });
});
