import assert from 'node:assert/strict';
import path from 'node:path';
import { EnvironmentError } from '../../../../../src/core/errors.ts';
import { milliseconds } from '../../../../../src/core/time.ts';
import { WpaControl } from '../../../../../src/programs/enftun/wifi/wpa-control.ts';
import { scratchFolder } from '../../../platform/scratch-folder.ts';
import { FakeSupplicant, type Answers } from './fake-supplicant.ts';

describe('wifi/wpa-control', () => {
  const folder = scratchFolder();
  let fake: FakeSupplicant | undefined;
  let control: WpaControl | undefined;
  afterEach(() => {
    control?.close();
    fake?.close();
    fake = undefined;
  });

  function connect(answers: Answers): WpaControl {
    fake = new FakeSupplicant(folder(), answers);
    control = WpaControl.open(fake.path);
    return control;
  }

  it('answers one command after the other', async () => {
    const opened = connect({ PING: 'PONG\n', STATUS: 'wpa_state=COMPLETED\nid=0\n' });
    assert.equal(await opened.request('PING'), 'PONG');
    assert.equal(await opened.request('STATUS'), 'wpa_state=COMPLETED\nid=0');
    assert.equal(await opened.request('SING'), 'UNKNOWN COMMAND');
  });

  it('hands over events, and takes none for an answer', async () => {
    const events: string[] = [];
    const opened = connect({
      ATTACH: 'OK\n',
      SCAN: (supplicant) => {
        supplicant.tell('<3>CTRL-EVENT-SCAN-STARTED ');
        return 'OK\n';
      },
    });
    await opened.attach((line) => events.push(line));
    assert.equal(await opened.request('SCAN'), 'OK');
    assert.deepEqual(events, ['<3>CTRL-EVENT-SCAN-STARTED ']);
  });

  it('reports that there is no wpa_supplicant', () => {
    assert.throws(
      () => WpaControl.open(path.join(folder(), 'wlan7')),
      (error) => error instanceof EnvironmentError && /no WiFi here/.test(error.message),
    );
  });

  it('says that wpa_supplicant has ended, before the question and after', async () => {
    const opened = connect({ PING: 'PONG\n' });
    await opened.request('PING');
    fake?.close();
    await assert.rejects(opened.request('PING'), /wpa_supplicant has ended/);
    assert.throws(() => WpaControl.open(fake?.path ?? ''), /wpa_supplicant has ended/);
  });

  it('waits for an answer no longer than its deadline', async () => {
    const opened = connect({ PING: () => undefined });
    await assert.rejects(opened.request('PING', milliseconds(20)), /does not answer; restart it/);
    // The next one is not lost by that.
    await assert.rejects(opened.request('PING', milliseconds(20)), /does not answer/);
    while (fake!.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(fake?.asked, ['PING', 'PING']);
  });

  it('ends a wait when it is closed', async () => {
    const opened = connect({ PING: () => undefined });
    const waiting = assert.rejects(opened.request('PING'), /closed while waiting/);
    opened.close();
    await waiting;
  });
});
