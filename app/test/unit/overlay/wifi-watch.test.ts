/** The script that looks after the radio, with programs of the test in place of the system's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { scratchFolder } from '../platform/scratch-folder.ts';

const script = path.resolve(import.meta.dirname, '../../../../overlay/usr/lib/card/wifi-watch');

/** Each writes down how it was called. A file named like what is asked holds the answer. */
const programs = {
  journalctl: 'cat "$WORLD"/*.log 2>/dev/null; rm -f "$WORLD"/*.log',
  wpa_cli: 'cat "$WORLD/wpa"',
  systemctl: `case "$*" in
*is-active*) exit "$(cat "$WORLD/inactive")" ;;
*) echo "systemctl $*" >>"$WORLD/done" ;;
esac`,
  modprobe: 'echo "modprobe $*" >>"$WORLD/done"',
};

describe('overlay wifi-watch', () => {
  const world = scratchFolder();
  let seconds: number;
  beforeEach(() => {
    seconds = 100;
    const folder = path.join(world(), 'bin');
    mkdirSync(folder);
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`);
      chmodSync(path.join(folder, name), 0o755);
    }
    const device = path.join(world(), 'sys/class/net/wlan0/device/driver');
    const module = path.join(world(), 'sys/module/brcmfmac');
    mkdirSync(device, { recursive: true });
    mkdirSync(path.join(module, 'holders/brcmfmac_wcc'), { recursive: true });
    mkdirSync(path.join(world(), 'sys/module/brcmfmac_wcc/holders'), { recursive: true });
    symlinkSync(module, path.join(device, 'module'));
    mkdirSync(path.join(world(), 'run'));
    put('wpa', 'PONG\n');
    put('inactive', '0\n');
  });

  function put(name: string, text: string): void {
    writeFileSync(path.join(world(), name), text);
  }

  const unplug = () => rmSync(path.join(world(), 'sys/class/net/wlan0'), { recursive: true });
  const scanFailures = (count: number, code = 110) =>
    put('events.log', `wlan0: CTRL-EVENT-SCAN-FAILED ret=-${code} retry=1\n`.repeat(count));

  /** One visit, a minute after the last: what it did and what it said. */
  function visit(after = 60): { done: string[]; said: string } {
    seconds += after;
    put('uptime', `${seconds}.25 100.00\n`);
    const { status, stdout, stderr } = spawnSync('sh', [script, 'wlan0'], {
      encoding: 'utf8',
      env: {
        PATH: `${path.join(world(), 'bin')}:${process.env.PATH}`,
        WORLD: world(),
        RUNTIME_DIRECTORY: path.join(world(), 'run'),
        WIFI_WATCH_SYS: path.join(world(), 'sys'),
        WIFI_WATCH_UPTIME: path.join(world(), 'uptime'),
      },
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const file = path.join(world(), 'done');
    const done = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    rmSync(file, { force: true });
    return { done, said: stdout };
  }

  const loadedAnew = [
    'systemctl stop wpa_supplicant@wlan0.service',
    'modprobe -r brcmfmac_wcc',
    'modprobe -r brcmfmac',
    'modprobe brcmfmac',
  ];

  it('does nothing, and says nothing, while all is well', () => {
    for (let i = 0; i < 3; i += 1) assert.deepEqual(visit(), { done: [], said: '' });
  });

  it('starts a wpa_supplicant again that does not answer twice in a row, then reloads the driver', () => {
    put('wpa', '');
    assert.deepEqual(visit().done, []);
    const second = visit();
    assert.deepEqual(second.done, ['systemctl kill --signal KILL wpa_supplicant@wlan0.service']);
    assert.match(second.said, /does not answer: starting it again/);
    const third = visit();
    assert.deepEqual(third.done, loadedAnew);
    assert.match(third.said, /reloading its driver brcmfmac/);
  });

  it('lets a single missing answer pass', () => {
    for (let i = 0; i < 4; i += 1) {
      put('wpa', i % 2 === 0 ? '' : 'PONG\n');
      assert.deepEqual(visit().done, []);
    }
  });

  it('does not wait for the answer of a wpa_supplicant that is stopped', () => {
    put('wpa', '');
    put('inactive', '3\n');
    for (let i = 0; i < 4; i += 1) assert.deepEqual(visit(), { done: [], said: '' });
  });

  it('reloads the driver when its looks at the air fail, visit after visit', () => {
    scanFailures(3);
    assert.deepEqual(visit().done, []);
    scanFailures(4);
    assert.deepEqual(visit().done, loadedAnew);
  });

  it('takes neither a few failures nor a busy radio for a stuck one', () => {
    for (const [count, code] of [
      [2, 110],
      [2, 110],
      [30, 16],
      [30, 100],
      [30, 1100],
    ] as const) {
      scanFailures(count, code);
      assert.deepEqual(visit().done, [], `${count} times -${code}`);
    }
  });

  it('reloads the driver at once when its firmware has stopped, once for each time', () => {
    put('kernel.log', 'brcmfmac: brcmf_sdio_hostmail: mailbox indicates firmware halted\n');
    const first = visit();
    assert.deepEqual(first.done, loadedAnew);
    assert.match(first.said, /firmware has stopped/);
    assert.deepEqual(visit().done, []);
  });

  it('reloads the driver when the interface is gone', () => {
    visit();
    unplug();
    assert.deepEqual(visit().done, []);
    assert.deepEqual(visit().done, loadedAnew);
  });

  it('has nothing to load where it never saw a driver', () => {
    unplug();
    visit();
    const { done, said } = visit();
    assert.deepEqual(done, []);
    assert.match(said, /it cannot be reloaded/);
  });

  it('waits two minutes between two reloads, then four, at most an hour', () => {
    visit();
    unplug();
    visit();
    assert.deepEqual(visit().done, loadedAnew);
    for (const wait of [120, 240, 480, 960, 1920, 3600, 3600]) {
      assert.deepEqual(visit(wait - 1).done, [], `before ${wait} s`);
      assert.deepEqual(visit(1).done, loadedAnew, `after ${wait} s`);
    }
  });

  it('forgets old trouble after half a day of peace', () => {
    const halt = () =>
      put('kernel.log', 'brcmf_sdio_hostmail: mailbox indicates firmware halted\n');
    for (const after of [60, 120, 240]) {
      halt();
      assert.deepEqual(visit(after).done, loadedAnew);
    }
    halt();
    assert.deepEqual(visit(240).done, [], 'eight minutes have not passed');
    halt();
    assert.deepEqual(visit(43_200).done, loadedAnew);
    halt();
    assert.deepEqual(visit(120).done, loadedAnew, 'two minutes are enough again');
  });
});
