import assert from 'node:assert/strict';
import { known, parseEvent } from '../../../../../src/programs/enftun/wifi/control-events.ts';
import { named } from './names.ts';

const { hex } = named('Home');
const started = 'Started wpa_supplicant@wlan0.service - WiFi on wlan0.';
const trying =
  "wlan0: SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='Home' freq=2412 MHz)";
const wrongKey =
  'wlan0: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="Home" auth_failures=1 duration=10 reason=WRONG_KEY';
const failing = wrongKey.replace('WRONG_KEY', 'CONN_FAILED');
const connected = 'wlan0: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=0]';
const notFound = 'wlan0: CTRL-EVENT-NETWORK-NOT-FOUND';
const scanFailed = 'wlan0: CTRL-EVENT-SCAN-FAILED ret=-110 retry=1';

const after = (...lines: string[]) =>
  known(lines.map(parseEvent).filter((event) => event !== undefined));
const problem = (...lines: string[]) => after(...lines).problems.get(hex);

describe('wifi/control-events', () => {
  it('reads the same event from the socket and from the log', () => {
    const event = { event: 'paused', ssidHex: hex, reason: 'WRONG_KEY', seconds: 10 };
    assert.deepEqual(parseEvent(wrongKey), event);
    assert.deepEqual(parseEvent(wrongKey.replace('wlan0: ', '<3>')), event);
  });

  it('is not misled by the name of a network', () => {
    const cunning = 'a" reason=CONN_FAILED x="';
    const escaped = cunning.replaceAll('"', '\\"');
    const line = wrongKey.replace('"Home"', `"${escaped}"`);
    assert.deepEqual(parseEvent(line), {
      event: 'paused',
      ssidHex: named(cunning).hex,
      reason: 'WRONG_KEY',
      seconds: 10,
    });
    const quoted = "x' freq=1 MHz)' y";
    assert.deepEqual(parseEvent(trying.replace("'Home'", `'${quoted}'`)), {
      event: 'trying',
      ssidHex: named(quoted).hex,
    });
  });

  for (const line of [
    '',
    'wlan0: WPA: 4-Way Handshake failed - pre-shared key may be incorrect',
    'wlan0: CTRL-EVENT-SSID-TEMP-DISABLED',
    'wlan0: CTRL-EVENT-SSID-TEMP-DISABLED ssid="open',
    'wlan0: CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=0 auth_transaction=2 status_code=1',
    'wlan0: Trying to go home',
    'Stopped wpa_supplicant@wlan0.service - WiFi on wlan0.',
  ]) {
    it(`passes over ${JSON.stringify(line)}`, () => {
      assert.equal(parseEvent(line), undefined);
    });
  }

  it('has no state of a network without events', () => {
    assert.equal(problem(started), undefined);
    assert.equal(problem(started, trying), undefined);
  });

  it('names a wrong password of WPA2, also while the network is left alone', () => {
    assert.equal(problem(started, trying, wrongKey), 'wrong-password');
    assert.equal(problem(started, trying, wrongKey, notFound), 'wrong-password');
    assert.equal(problem(started, trying, wrongKey, trying, failing), 'wrong-password');
  });

  it('names a wrong password of WPA3, and not an access point that is busy', () => {
    const reject = (transaction: number) =>
      `<3>CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=3 auth_transaction=${transaction} status_code=1`;
    assert.equal(problem(started, trying, reject(2), failing), 'wrong-password');
    assert.equal(problem(started, trying, reject(1), failing), 'failing');
  });

  it('forgets with a connection, and with a new configuration', () => {
    assert.equal(problem(started, trying, wrongKey, trying, connected), undefined);
    const reloading = 'Reloading wpa_supplicant@wlan0.service...';
    const reloaded = 'Reloaded wpa_supplicant@wlan0.service.';
    assert.equal(problem(started, trying, wrongKey, reloading), undefined);
    // systemd reports this later than wpa_supplicant starts over.
    assert.equal(problem(reloading, trying, wrongKey, reloaded), 'wrong-password');
    assert.equal(problem(started, trying, wrongKey, started), undefined);
  });

  it('keeps the state of one network when another one connects', () => {
    const other = trying.replace('Home', 'Other');
    assert.equal(problem(started, trying, wrongKey, other, connected), 'wrong-password');
  });

  it('distinguishes refused from failing', () => {
    const rejected = 'wlan0: CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:01:00 status_code=17';
    assert.equal(problem(started, trying, rejected, failing), 'refused');
    assert.equal(problem(started, trying, failing), 'failing');
  });

  it('reports that nothing is in range, until something is tried', () => {
    assert.equal(after(started, notFound).isNothingFound, true);
    assert.equal(after(started, notFound, trying).isNothingFound, false);
  });

  it('counts looks that failed one after the other', () => {
    assert.equal(after(started, scanFailed, scanFailed).scanFailures, 2);
    const scanned = 'wlan0: CTRL-EVENT-SCAN-RESULTS ';
    assert.equal(after(started, scanFailed, scanned, scanFailed).scanFailures, 1);
    assert.equal(after(started, scanFailed, notFound).scanFailures, 0);
  });
});
