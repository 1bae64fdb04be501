import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import path from 'node:path';
import type { StatusFormat, StatusPlace } from '../../../../src/programs/enftun/command-line.ts';
import { statusCommand } from '../../../../src/programs/enftun/status-command.ts';
import type { StatusDocument } from '../../../../src/status/status-document.ts';
import { openStatusSocket } from '../../../../src/platform/status-socket.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';
import { status, waitingState } from '../../status/status-fixture.ts';

describe('enftun status', () => {
  const folder = scratchFolder();
  const servers: Server[] = [];
  let out = '';
  let err = '';
  beforeEach(() => (out = err = ''));
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function service(name: string, document: StatusDocument): Promise<void> {
    mkdirSync(path.join(folder(), name));
    const file = path.join(folder(), name, 'status');
    const state = (): string => JSON.stringify({ ...document, name });
    servers.push(await openStatusSocket({ path: file, mode: 0o600, state }));
  }

  function ask(of: StatusPlace, format: StatusFormat = 'text'): Promise<number> {
    return statusCommand({
      of,
      format,
      stdout: (text) => (out += text),
      stderr: (text) => (err += text),
      folder: folder(),
    });
  }

  it('shows every tunnel of the machine, and ends with 0 when all are up', async () => {
    await service('enf1', status());
    await service('enf0', status());
    assert.equal(await ask({ by: 'all' }), 0);
    assert.deepEqual(out.match(/^enf\d: Connected to the ENF/gm), [
      'enf0: Connected to the ENF',
      'enf1: Connected to the ENF',
    ]);
  });

  // errors.md: exit-3
  it('says that a tunnel is not up, status 3', async () => {
    await service('enf0', status());
    await service('enf1', status({ tunnel: waitingState }));
    assert.equal(await ask({ by: 'all' }), 3);
    assert.match(out, /^enf1: Not connected to the ENF, for 4 s; next attempt in 8 s$/m);
    assert.equal(await ask({ by: 'name', name: 'enf0' }), 0);
  });

  it('shows those that answer beside one that does not, status 1', async () => {
    await service('enf0', status());
    mkdirSync(path.join(folder(), 'enf1'));
    assert.equal(await ask({ by: 'all' }), 1);
    assert.match(out, /^enf0: Connected/);
    assert.match(err, /enf1\/status: no answer/);
  });

  it('says that there is none', async () => {
    assert.equal(await ask({ by: 'all' }), 1);
    assert.match(err, /^enftun: no tunnel service runs here/);
  });

  it('gives programs an object for one, a list for all', async () => {
    await service('enf0', status());
    await ask({ by: 'name', name: 'enf0' }, 'json');
    assert.deepEqual(JSON.parse(out), status());
    out = '';
    await ask({ by: 'all' }, 'json');
    assert.deepEqual(JSON.parse(out), [status()]);
  });

  it('gives metrics of all, those that do not answer included, status 1 for those alone', async () => {
    await service('enf0', status({ tunnel: waitingState }));
    assert.equal(await ask({ by: 'all' }, 'openmetrics'), 0);
    assert.match(out, /^enftun_state\{tunnel="enf0",enftun_state="waiting"\} 1$/m);
    out = '';
    mkdirSync(path.join(folder(), 'enf1'));
    assert.equal(await ask({ by: 'all' }, 'openmetrics'), 1);
    assert.match(
      out,
      /^enftun_responding\{tunnel="enf0"\} 1\nenftun_responding\{tunnel="enf1"\} 0$/m,
    );
    assert.match(out, /\n# EOF\n$/);
  });

  it('finds the socket that a configuration names, or the folder of its name', async () => {
    await service('enf0', status());
    await service('other', status({ tunnel: waitingState }));
    const plain = path.join(folder(), 'enf0.conf');
    writeFileSync(plain, '');
    assert.equal(await ask({ by: 'file', file: plain }), 0);
    writeFileSync(plain, `status = { socket = "${folder()}/other/status" }`);
    assert.equal(await ask({ by: 'file', file: plain }), 3);
  });
});
