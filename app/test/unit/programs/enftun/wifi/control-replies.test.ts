import assert from 'node:assert/strict';
import {
  parseHeardStation,
  parseNetworkList,
  parseStatus,
} from '../../../../../src/programs/enftun/wifi/control-replies.ts';
import { named } from './names.ts';

describe('wifi/control-replies', () => {
  it('reads the status of a connected station', () => {
    const reply = [
      'bssid=02:00:00:00:01:00',
      'freq=2412',
      'ssid=Caf\\xc3\\xa9 "1"',
      'id=0',
      'mode=station',
      'pairwise_cipher=CCMP',
      'key_mgmt=WPA2-PSK',
      'wpa_state=COMPLETED',
      'address=02:8f:80:00:00:01',
    ].join('\n');
    assert.deepEqual(parseStatus(reply), {
      state: 'COMPLETED',
      ssid: named('Café "1"'),
      bssid: '02:00:00:00:01:00',
      frequencyMhz: 2412,
      keyManagement: 'WPA2-PSK',
    });
  });

  for (const reply of ['', 'FAIL', 'UNKNOWN COMMAND', '=\n==\n', 'freq=fast\nssid=']) {
    it(`makes nothing of ${JSON.stringify(reply)}`, () => {
      assert.deepEqual(parseStatus(reply), {
        state: 'UNKNOWN',
        ssid: undefined,
        bssid: undefined,
        frequencyMhz: undefined,
        keyManagement: undefined,
      });
      assert.deepEqual(parseNetworkList(reply), []);
      assert.equal(parseHeardStation(reply), undefined);
    });
  }

  it('reads the list of networks', () => {
    const reply =
      'network id / ssid / bssid / flags\n' +
      '0\tHome\tany\t[CURRENT]\n' +
      '1\tw\\tork\t02:00:00:00:00:01\t[TEMP-DISABLED]\n' +
      '2\tplain\tany\t\n' +
      'x\tno number\tany\t\n' +
      '3\t\tany\t\n';
    assert.deepEqual(parseNetworkList(reply), [
      { id: 0, ssid: named('Home'), isPaused: false, isCurrent: true },
      { id: 1, ssid: named('w\tork'), isPaused: true, isCurrent: false },
      { id: 2, ssid: named('plain'), isPaused: false, isCurrent: false },
    ]);
  });

  const station = (flags: string, ssid = 'Home') =>
    parseHeardStation(
      `id=4\nbssid=02:00:00:00:01:00\nfreq=5180\nlevel=-61\nage=3\nflags=${flags}\nssid=${ssid}\n`,
    );

  it('reads one station', () => {
    assert.deepEqual(station('[WPA2-PSK-CCMP][ESS]'), {
      id: 4,
      bssid: '02:00:00:00:01:00',
      ssid: named('Home'),
      frequencyMhz: 5180,
      signalDbm: -61,
      security: 'wpa2',
      ageSeconds: 3,
    });
  });

  for (const [flags, security] of [
    ['[ESS]', 'open'],
    ['', 'open'],
    ['[WEP][ESS]', 'wep'],
    ['[WPA-PSK-TKIP][WPA2-PSK-CCMP][ESS]', 'wpa2'],
    ['[RSN-PSK-CCMP][ESS]', 'wpa2'],
    ['[WPA2-PSK+SAE-CCMP][ESS]', 'wpa2+wpa3'],
    ['[WPA2-PSK+PSK-SHA256+SAE-CCMP][ESS][UTF-8]', 'wpa2+wpa3'],
    ['[RSN-SAE-CCMP][SAE-H2E][ESS]', 'wpa3'],
    ['[WPA2-EAP-CCMP][ESS]', 'enterprise'],
    ['[WPA2-OWE-CCMP][ESS]', 'other'],
    ['[WPA-PSK-TKIP][ESS]', 'other'],
  ] as const) {
    it(`takes ${flags || 'no flags'} for ${security}`, () => {
      assert.equal(station(flags)?.security, security);
    });
  }

  it('recognizes a network that hides its name, by silence or by zeros', () => {
    assert.equal(station('[ESS]', '')?.ssid, undefined);
    assert.equal(station('[ESS]', '\\x00\\x00')?.ssid, undefined);
  });
});
