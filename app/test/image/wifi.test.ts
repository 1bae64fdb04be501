/** The card on the air: an access point in its neighbourhood is its only way out. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { AccessPoint } from '../harness/qemu/access-point.ts';
import { CardSite, cardIdentity, runFolder } from '../harness/qemu/card-site.ts';
import type { SerialConsole } from '../harness/qemu/console.ts';
import { untilExactly } from '../harness/until.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { patience } from './card-fixture.ts';

const ssid = 'Café at home';
const password = 'correct horse';
const home = { ssid, password, security: 'wpa2' } as const;

describe('the card on WiFi', () => {
  let site: CardSite;
  let card: SerialConsole;
  let accessPoint: AccessPoint;

  before(async () => {
    const folder = path.join(runFolder, 'wifi');
    site = await CardSite.prepare({ folder, isUplinkCut: true }, 'wifi');
    await site.powerOn(120 * patience);
    await site.untilStarted(120 * patience);
    await site.plugIn();
    card = site.console;
  });
  after(() => site.machine.cutPower());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const units = '-u wpa_supplicant@wlan0 -u wifi-watch -u access-point -u systemd-networkd';
    console.log(
      await card.read(`journalctl -b --no-pager -o short-monotonic ${units} | tail -n 60`),
    );
    console.log(await card.read('ip address; ip route', { mayFail: true }));
  });

  /** Each start of a program of ours costs the card seconds. */
  const wifi = (words: string, typed = '') =>
    card.run(`printf '%s\\n' '${typed}' | enftun wifi ${words}`, {
      mayFail: true,
      deadlineSeconds: 60 * patience,
    });

  const untilStatus = (what: string, pattern: RegExp) =>
    untilExactly(what, 120 * patience, async () => {
      const { output } = await wifi('status');
      return pattern.test(output) && output;
    });

  const untilTunnel = () =>
    card.untilRead(
      'the tunnel',
      'systemctl show -P StatusText enftun@enf0',
      90 * patience,
      (text) => text.includes('[tunnel-up]'),
    );

  it('says without a radio that there is no WiFi, and runs nothing for it', async () => {
    const { status, output } = await wifi('status');
    assert.equal(status, 1);
    assert.match(output, /there is no WiFi here/);
    assert.equal(
      await card.read('systemctl is-active wpa_supplicant@wlan0 wifi-watch.timer || :'),
      'inactive\ninactive',
    );
  });

  it('prepares its radio when it appears: address, no power saving, no network yet', async () => {
    accessPoint = await AccessPoint.open(site.machine);
    await accessPoint.makeRadios();
    const text = await untilStatus('an answer of wpa_supplicant', /^wlan0: /);
    assert.match(text, /no network is known/);
    assert.equal(await card.read('cat /sys/class/net/wlan0/address'), cardIdentity.hostMac);
    assert.match(await card.read('iw dev wlan0 get power_save'), /off/);
    assert.equal(await card.read('systemctl is-active wifi-watch.timer'), 'active');
  });

  it('finds networks', async () => {
    await accessPoint.start(home);
    const { status, output } = await wifi('scan');
    assert.equal(status, 0, output);
    assert.match(output, /^Café at home +-\d+ dBm +channel 6 +WPA2$/m);
  });

  it('names a wrong password as such', async () => {
    const { status, output } = await wifi(`add '${ssid}'`, 'wrong horse');
    assert.equal(status, 0, output);
    const text = await untilStatus('the wrong password', /password/);
    assert.match(text, /^wlan0: not connected: the password of "Café at home" is wrong\n/);
    assert.equal((await wifi('status')).status, 3);
  });

  it('joins with the right one and carries the tunnel of its host', async () => {
    await wifi('country de');
    assert.equal((await wifi(`add '${ssid}' --wpa2`, password)).status, 0);
    const text = await untilStatus('the connection', /^wlan0: connected/);
    assert.match(text, /connected to "Café at home"[^]*channel 6[^]*WPA2-PSK[^]*Country +DE/);
    await untilTunnel();
    await site.host.defaultRoute(60 * patience);
    await site.host.startDhclient();
    assert.equal(await site.host.globalAddress(60 * patience), tunnelAddress);
    await site.host.ping(serviceAddress, 60 * patience);
    const routes = await card.read('ip route show default');
    assert.match(routes, /^default via \S+ dev wlan0 /);
    assert.doesNotMatch(routes, /\n/, 'there is no other way out');
  });

  it('sets the regulatory domain of the country', async () => {
    await card.untilRead('the domain', 'iw reg get', 20 * patience, (text) =>
      /^country DE:/m.test(text),
    );
  });

  it('keeps its settings for wpa_supplicant alone, and no password of WPA2', async () => {
    assert.equal(
      await card.read('stat -c "%a %U %n" /data/wifi /data/wifi/*'),
      '700 wpa /data/wifi\n600 wpa /data/wifi/own.conf\n600 wpa /data/wifi/wpa_supplicant-wlan0.conf',
    );
    const { output } = await card.run(`grep -rF '${password}' /data/wifi`, { mayFail: true });
    assert.equal(output.trim(), '');
  });

  it('goes on with its networks when the file of the operator has a mistake, and names the line', async () => {
    await card.run(`printf 'network={\\n ssid="x"\\n foo=1\\n}\\n' > /data/wifi/own.conf`);
    const text = await untilStatus('the mistake to be named', /own\.conf/);
    assert.match(
      text,
      /Without the networks of \/data\/wifi\/own\.conf, line 3: unknown network field 'foo'/,
    );
    await untilStatus('the connection', /^wlan0: connected to "Café at home"/);
    assert.match(
      await card.read('journalctl -b -q -o cat -u wpa_supplicant@wlan0'),
      /own\.conf, line 3: unknown network field 'foo': its networks are left out/,
    );
    await card.run('true > /data/wifi/own.conf');
    await untilStatus('nothing left out', /^wlan0: (?![^]*own\.conf)/);
    await untilStatus('the connection', /^wlan0: connected/);
  });

  it('runs wpa_supplicant as a user that has the network and nothing else', async () => {
    const pid = await card.read('systemctl show -P MainPID wpa_supplicant@wlan0');
    assert.equal(await card.read(`stat -c %U /proc/${pid}`), 'wpa');
    const status = await card.read(`cat /proc/${pid}/status`);
    const adminAndRaw = '0000000000003000';
    for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb']) {
      assert.match(status, new RegExp(`^${set}:\\t${adminAndRaw}$`, 'm'), set);
    }
    assert.match(status, /^NoNewPrivs:\t1$/m);
    const text = await card.read(
      'systemd-analyze security --no-pager wpa_supplicant@wlan0.service',
      {
        deadlineSeconds: 60 * patience,
      },
    );
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1]);
    assert.ok(exposure <= 3, `exposure ${exposure}`);
  });

  it('comes back when the access point does', async () => {
    await accessPoint.stop();
    await untilStatus('the loss', /^wlan0: not connected/);
    await accessPoint.start(home);
    await untilStatus('the connection', /^wlan0: connected/);
    await site.host.ping(serviceAddress, 90 * patience);
    assert.equal(await site.host.globalAddress(5), tunnelAddress);
  });

  it('names the password when the access point changes it, and goes on with the new one', async () => {
    await accessPoint.start({ ...home, password: 'another horse' });
    await untilStatus('the wrong password', /the password of "Café at home" is wrong/);
    assert.equal((await wifi(`add '${ssid}'`, 'another horse')).status, 0);
    await untilStatus('the connection', /^wlan0: connected/);
    await site.host.ping(serviceAddress, 90 * patience);
  });

  it('joins a hidden network of WPA3 by the same command, and names its wrong password', async () => {
    const hidden = { ssid: 'hidden', password, security: 'wpa3', isHidden: true } as const;
    await accessPoint.start(hidden);
    assert.equal((await wifi(`add hidden --hidden`, 'wrong horse')).status, 0);
    await untilStatus('the wrong password', /the password of "hidden" is wrong/);
    assert.equal((await wifi(`add hidden --hidden`, password)).status, 0);
    const text = await untilStatus('the connection', /^wlan0: connected to "hidden"/);
    assert.match(text, /Protection +SAE/);
    assert.equal((await wifi('remove hidden')).status, 0);
  });

  it('starts a wpa_supplicant again that hangs', async () => {
    await accessPoint.start(home);
    assert.equal((await wifi(`add '${ssid}'`, password)).status, 0);
    await untilStatus('the connection', /^wlan0: connected/);
    const pid = await card.read('systemctl show -P MainPID wpa_supplicant@wlan0');
    await card.run(`kill -STOP ${pid}`);
    // By hand, instead of a minute later by the timer.
    await card.run('systemctl stop wifi-watch.timer');
    for (let visit = 0; visit < 2; visit += 1) {
      await card.run('systemctl start wifi-watch.service', { deadlineSeconds: 60 * patience });
    }
    const log = await card.read('journalctl -b -q -o cat -u wifi-watch');
    assert.match(log, /wpa_supplicant does not answer: starting it again/);
    await untilStatus('the connection', /^wlan0: connected/);
    await card.run('systemctl start wifi-watch.timer');
    await site.host.ping(serviceAddress, 90 * patience);
  });
});
