import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { milliseconds, seconds } from '../../../../../src/core/time.ts';
import { emptyConfiguration } from '../../../../../src/programs/enftun/wifi/edit-supplicant-file.ts';
import type { LeftOutFile } from '../../../../../src/programs/enftun/wifi/wifi-status.ts';
import { runWifi } from '../../../../../src/programs/enftun/wifi/wifi-program.ts';
import { lookAround } from '../../../../../src/programs/enftun/wifi/radio.ts';
import { scratchFolder } from '../../../platform/scratch-folder.ts';
import { FakeSupplicant, type Answers } from './fake-supplicant.ts';

const psk = 'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e';

describe('enftun wifi', () => {
  const folder = scratchFolder();
  const file = () => path.join(folder(), 'wpa_supplicant-wlan0.conf');
  const content = () => readFileSync(file(), 'utf8');

  let fake: FakeSupplicant | undefined;
  let log: string[];
  let leftOut: LeftOutFile[];
  beforeEach(() => {
    log = [];
    leftOut = [];
  });
  afterEach(() => {
    fake?.close();
    fake = undefined;
  });

  async function wifi(argv: readonly string[], typed = '', scanTime = seconds(60)) {
    const printed = { out: '', err: '' };
    const stdin = new PassThrough();
    stdin.end(typed);
    const status = await runWifi({
      argv: [...argv, '--folder', folder()],
      stdout: (text) => (printed.out += text),
      stderr: (text) => (printed.err += text),
      // A pipe: of a terminal only its absence is looked at.
      stdin,
      radio: {
        socketOf: (name) => path.join(folder(), name),
        logOf: () => Promise.resolve(log),
        addressesOf: () => ['192.0.2.7'],
        leftOutOf: () => leftOut,
        scanTime,
      },
      countries: new Set(['DE', 'FR', 'GB', 'US']),
    });
    return { status, ...printed };
  }

  it('adds a network of WPA2 without keeping its password', async () => {
    const { status, out, err } = await wifi(['add', 'IEEE', '--wpa2'], 'password\n');
    assert.equal(status, 0);
    assert.match(out, /^IEEE: added\./);
    assert.match(err, /no country is set/);
    assert.ok(content().startsWith(emptyConfiguration));
    assert.ok(content().includes(`psk=${psk}\n`));
    assert.doesNotMatch(content(), /password/);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });

  it('gives the file to the owner of its folder', async () => {
    await wifi(['add', 'x', '--open']);
    const { uid, gid } = statSync(folder());
    assert.deepEqual([statSync(file()).uid, statSync(file()).gid], [uid, gid]);
  });

  it('takes the password of a file, and keeps the mode of its own file private', async () => {
    const secret = path.join(folder(), 'secret');
    writeFileSync(secret, 'password\n');
    writeFileSync(file(), '# mine\n');
    chmodSync(file(), 0o644);
    assert.equal((await wifi(['add', 'IEEE', '--passphrase-file', secret])).status, 0);
    assert.match(content(), /^# mine\nnetwork=\{\n/);
    assert.ok(content().includes(`psk=${psk}\n`));
    assert.ok(content().includes(`sae_password=${Buffer.from('password').toString('hex')}\n`));
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });

  it('changes a network that it has', async () => {
    await wifi(['add', 'IEEE'], 'password');
    const { out } = await wifi(['add', 'IEEE', '--open']);
    assert.match(out, /^IEEE: changed\./);
    assert.doesNotMatch(content(), /psk=/);
  });

  it('changes nothing for a password that cannot be one, and does not show it', async () => {
    const { status, out, err } = await wifi(['add', 'x'], 'short\n');
    assert.equal(status, 78);
    assert.equal(out, '');
    assert.match(err, /standard input: .*8 to 63 characters, this one has 5/);
    assert.ok(!err.includes('short'));
    assert.throws(content, /ENOENT/);
  });

  it('removes a network, and reports when there is none', async () => {
    await wifi(['add', 'a', '--open']);
    await wifi(['add', 'b', '--open']);
    assert.equal((await wifi(['remove', 'a'])).status, 0);
    assert.match(content(), /# b\n/);
    assert.doesNotMatch(content(), /# a\n/);
    const { status, err } = await wifi(['remove', 'a']);
    assert.equal(status, 78);
    assert.match(err, /no network is called a; see enftun wifi list/);
  });

  it('lists networks without their secrets', async () => {
    assert.match((await wifi(['list'])).out, /^No network is known/);
    await wifi(['add', 'Home', '--hidden', '--priority', '5'], 'password');
    await wifi(['add', '436166c3a9', '--hex', '--open']);
    await wifi(['country', 'de']);
    const { out } = await wifi(['list']);
    assert.equal(out, 'Home  WPA2 and WPA3  hidden, priority 5\nCafé  open\nCountry: DE\n');
    const { out: json } = await wifi(['list', '--json']);
    assert.deepEqual(JSON.parse(json), {
      interface: 'wlan0',
      country: 'DE',
      networks: [
        {
          ssid: 'Home',
          ssidHex: '486f6d65',
          security: 'wpa2+wpa3',
          isHidden: true,
          priority: 5,
        },
        { ssid: 'Café', ssidHex: '436166c3a9', security: 'open', isHidden: false, priority: 0 },
      ],
    });
  });

  it('prints and sets the country', async () => {
    assert.equal((await wifi(['country'])).out, 'not set\n');
    assert.equal((await wifi(['country', 'FR'])).status, 0);
    assert.equal((await wifi(['country'])).out, 'FR\n');
  });

  it('refuses a country that has no effect', async () => {
    const { status, err } = await wifi(['country', 'uk']);
    assert.equal(status, 2);
    assert.match(err, /UK is not a country that the radio has rules for; the United Kingdom is GB/);
    assert.equal((await wifi(['country', 'ZZ'])).status, 2);
    assert.equal((await wifi(['country'])).out, 'not set\n');
  });

  it('changes nothing in a file that wpa_supplicant refuses, and names the line', async () => {
    const broken = 'network={\n ssid="a"\n';
    writeFileSync(file(), broken);
    for (const words of [
      ['add', 'x', '--open'],
      ['remove', 'a'],
      ['country', 'DE'],
    ]) {
      const { status, err } = await wifi(words);
      assert.equal(status, 78);
      assert.match(err, /wpa_supplicant-wlan0\.conf:1: this block has no end/);
      assert.equal(content(), broken);
    }
    assert.match((await wifi(['list'])).err, /wpa_supplicant-wlan0\.conf:1: this block has no end/);
  });

  it('keeps the bytes of lines in another encoding', async () => {
    const byHand = Buffer.from('# caf\xe9\nnetwork={\n ssid="caf\xe9"\n}\n', 'latin1');
    writeFileSync(file(), byHand);
    assert.equal((await wifi(['add', 'x', '--open'])).status, 0);
    assert.ok(readFileSync(file()).subarray(0, byHand.length).equals(byHand));
    assert.match((await wifi(['list'])).out, /^caf\\xe9 /m);
    assert.equal((await wifi(['remove', '--hex', '636166e9'])).status, 0);
    assert.ok(readFileSync(file(), 'latin1').startsWith('# caf\xe9\nnetwork={\n    # x\n'));
  });

  it('adds every network of programs that run at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `network-${index}`);
    const results = await Promise.all(names.map((name) => wifi(['add', name, '--open'])));
    assert.deepEqual(
      results.map(({ status }) => status),
      names.map(() => 0),
    );
    const listed = (await wifi(['list'])).out;
    for (const name of names) assert.ok(listed.includes(name), name);
  });

  it('shows names of blanks in quotation marks', async () => {
    await wifi(['add', '  ', '--open']);
    await wifi(['add', 'end ', '--open']);
    const { out } = await wifi(['list']);
    assert.match(out, /^" {2}" +open\n"end " +open$/m);
  });

  it('reports which file is left out, and where its mistake is', async () => {
    leftOut = [{ file: '/data/wifi/own.conf', line: 3, problem: "unknown network field 'foo'" }];
    fake = new FakeSupplicant(folder(), answers);
    const { out } = await wifi(['status']);
    assert.match(
      out,
      /^ {2}Without the networks of \/data\/wifi\/own\.conf, line 3: unknown network field 'foo'\./m,
    );
    const json = JSON.parse((await wifi(['status', '--json'])).out) as { leftOut: unknown };
    assert.deepEqual(json.leftOut, leftOut);
  });

  it('says that it needs a place to write', async () => {
    const { status, err } = await wifi(['add', 'x', '--open', '--folder', '/nowhere']);
    // The last --folder counts: the test's own.
    assert.equal(status, 0, err);
    writeFileSync(path.join(folder(), 'plain'), '');
    const printed = { err: '' };
    const failed = await runWifi({
      argv: ['add', 'x', '--open', '--folder', path.join(folder(), 'plain')],
      stdout: () => undefined,
      stderr: (text) => (printed.err += text),
      stdin: new PassThrough(), // never read
      radio: {
        socketOf: String,
        logOf: () => Promise.resolve([]),
        addressesOf: () => [],
        leftOutOf: () => [],
      },
      countries: undefined,
    });
    assert.equal(failed, 1);
    assert.match(printed.err, /wpa_supplicant-wlan0\.conf: cannot be read: not a directory/);
  });

  const answers: Answers = {
    STATUS: 'wpa_state=COMPLETED\nssid=Home\nbssid=02:00:00:00:01:00\nfreq=2437\nkey_mgmt=SAE\n',
    LIST_NETWORKS: 'network id / ssid / bssid / flags\n0\tHome\tany\t[CURRENT]\n',
    SIGNAL_POLL: 'RSSI=-48\nLINKSPEED=54\nNOISE=9999\nFREQUENCY=2437\n',
    'GET country': 'DE',
  };

  it('prints a connection', async () => {
    fake = new FakeSupplicant(folder(), answers);
    const { status, out } = await wifi(['status']);
    assert.equal(status, 0);
    assert.equal(
      out,
      `wlan0: connected to "Home"
  Access point  02:00:00:00:01:00, channel 6, -48 dBm
  Protection    SAE
  Addresses     192.0.2.7
  Country       DE
  Network       Home: in use
`,
    );
    const json: unknown = JSON.parse((await wifi(['status', '--json'])).out);
    assert.deepEqual(json, {
      interface: 'wlan0',
      state: 'connected',
      ssid: 'Home',
      ssidHex: '486f6d65',
      accessPoint: '02:00:00:00:01:00',
      frequencyMhz: 2437,
      signalDbm: -48,
      keyManagement: 'SAE',
      country: 'DE',
      addresses: ['192.0.2.7'],
      problem: null,
      leftOut: [],
      networks: [
        { ssid: 'Home', ssidHex: '486f6d65', isCurrent: true, problem: null, isPaused: false },
      ],
    });
  });

  const trying =
    "wlan0: SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='Home' freq=2437 MHz)";
  for (const [what, state, flags, lines, first, next] of [
    [
      'a wrong password',
      'SCANNING',
      '[TEMP-DISABLED]',
      [
        trying,
        'wlan0: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="Home" auth_failures=1 duration=10 reason=WRONG_KEY',
      ],
      'wlan0: not connected: the password of "Home" is wrong',
      "  Give the right one: enftun wifi add 'Home'",
    ],
    [
      'a network that is not in reach',
      'SCANNING',
      '',
      ['wlan0: CTRL-EVENT-NETWORK-NOT-FOUND '],
      'wlan0: not connected: no known network is in range',
      '  Compare names, letter by letter: enftun wifi scan',
    ],
    [
      'a radio that fails',
      'DISCONNECTED',
      '',
      Array<string>(3).fill('wlan0: CTRL-EVENT-SCAN-FAILED ret=-110'),
      'wlan0: not connected: the radio does not work',
      '  The card reloads its driver by itself: see journalctl -u wifi-watch.',
    ],
    ['a connection on its way', '4WAY_HANDSHAKE', '[CURRENT]', [trying], 'wlan0: connecting', ''],
    ['a search', 'SCANNING', '', [], 'wlan0: not connected: looking for networks', ''],
    [
      'a radio that is switched off',
      'INTERFACE_DISABLED',
      '',
      [],
      'wlan0: not connected: the radio is switched off',
      '',
    ],
  ] as const) {
    it(`names ${what}`, async () => {
      fake = new FakeSupplicant(folder(), {
        ...answers,
        STATUS: `wpa_state=${state}\n`,
        LIST_NETWORKS: `network id / ssid / bssid / flags\n0\tHome\tany\t${flags}\n`,
        SIGNAL_POLL: 'FAIL\n',
      });
      log = [...lines];
      const { status, out } = await wifi(['status']);
      assert.equal(status, 3);
      assert.equal(out.split('\n')[0], first);
      if (next !== '') assert.equal(out.split('\n')[1], next);
    });
  }

  it('prints what to do when there is no network', async () => {
    fake = new FakeSupplicant(folder(), {
      STATUS: 'wpa_state=INACTIVE\n',
      LIST_NETWORKS: 'network id / ssid / bssid / flags\n',
      SIGNAL_POLL: 'FAIL\n',
      'GET country': 'FAIL\n',
    });
    const { status, out } = await wifi(['status']);
    assert.equal(status, 3);
    assert.match(out, /no network is known\n {2}Add one: enftun wifi add NAME\n/);
    assert.match(out, /Country +not set/);
  });

  it('says that wpa_supplicant does not run', async () => {
    for (const command of ['status', 'scan']) {
      const { status, out, err } = await wifi([command]);
      assert.equal(status, 1);
      assert.equal(out, '');
      assert.match(err, /there is no WiFi here, or wpa_supplicant does not run on it/);
    }
  });

  const station = (id: number, ssid: string, level: number, flags = '[WPA2-PSK-CCMP][ESS]') =>
    `id=${id}\nbssid=02:00:00:00:01:0${id}\nfreq=2412\nlevel=${level}\nage=0\nflags=${flags}\nssid=${ssid}\n`;
  const mask = 'MASK=0x1a87';

  it('ends its list, even if wpa_supplicant never does', async () => {
    const endless = (command: string): string => {
      if (!command.startsWith('BSS')) return 'OK\n';
      const id = Number(/NEXT-(\d+)/.exec(command)?.[1] ?? 0) + 1;
      return station(id, 'a', -50, '').replace(/bssid=.*/, 'bssid=02:00:00:00:01:00');
    };
    const table: Answers = {};
    const answers = new Proxy(table, { get: (_, command) => endless(String(command)) });
    fake = new FakeSupplicant(folder(), answers);
    const radio = { socketOf: () => fake!.path, logOf: () => Promise.resolve([]) };
    const scanned = setInterval(() => fake?.tell('<3>CTRL-EVENT-SCAN-RESULTS '), 5);
    try {
      const more = { addressesOf: () => [], leftOutOf: () => [], scanTime: seconds(60) };
      const stations = await lookAround({ ...radio, ...more }, 'wlan0');
      assert.equal(stations.length, 1000);
    } finally {
      clearInterval(scanned);
    }
  });

  it('lists what is in reach, the strongest first, each name once', async () => {
    fake = new FakeSupplicant(folder(), {
      ATTACH: 'OK\n',
      SCAN: (supplicant) => {
        setImmediate(() => supplicant.tell('<3>CTRL-EVENT-SCAN-RESULTS '));
        return 'OK\n';
      },
      [`BSS FIRST ${mask}`]: station(1, 'Home', -70),
      [`BSS NEXT-1 ${mask}`]: station(2, 'Café', -60, '[ESS]'),
      [`BSS NEXT-2 ${mask}`]: station(3, 'Home', -50),
      [`BSS NEXT-3 ${mask}`]: station(4, '', -80),
      [`BSS NEXT-4 ${mask}`]: '',
    });
    await wifi(['add', 'Home'], 'password');
    const { status, out } = await wifi(['scan']);
    assert.equal(status, 0);
    assert.equal(
      out,
      `Home      -50 dBm  channel 1  WPA2  known
Café      -60 dBm  channel 1  open
(hidden)  -80 dBm  channel 1  WPA2
`,
    );
    const json = JSON.parse((await wifi(['scan', '--json'])).out) as unknown[];
    assert.equal(json.length, 4);
    assert.deepEqual(json[0], {
      ssid: 'Home',
      ssidHex: '486f6d65',
      accessPoint: '02:00:00:00:01:01',
      frequencyMhz: 2412,
      signalDbm: -70,
      security: 'wpa2',
      ageSeconds: 0,
    });
  });

  for (const [what, scan, problem] of [
    ['refuses', 'FAIL\n', /it answered FAIL; try again/],
    [
      'fails',
      (supplicant: FakeSupplicant) => {
        setImmediate(() => supplicant.tell('<3>CTRL-EVENT-SCAN-FAILED ret=-16'));
        return 'OK\n';
      },
      /failed \(-16\)/,
    ],
  ] as const) {
    it(`says that a look at the air ${what}`, async () => {
      fake = new FakeSupplicant(folder(), { ATTACH: 'OK\n', SCAN: scan });
      const { status, err } = await wifi(['scan']);
      assert.equal(status, 1);
      assert.match(err, problem);
    });
  }

  it('says that a look at the air never ends', async () => {
    fake = new FakeSupplicant(folder(), { ATTACH: 'OK\n', SCAN: 'OK\n' });
    const { status, err } = await wifi(['scan'], '', milliseconds(50));
    assert.equal(status, 1);
    assert.match(err, /took longer than 0\.05 s/);
  });

  it('explains itself', async () => {
    const { status, out } = await wifi(['--help']);
    assert.equal(status, 0);
    for (const word of ['add', 'remove', 'list', 'country', 'status', 'scan', '802.1X', '78']) {
      assert.ok(out.includes(word), word);
    }
    for (const line of out.split('\n')) assert.ok(line.length <= 84, line);
  });

  for (const [words, problem] of [
    ['', /no command given; one of add, remove, list/],
    ['fly', /unknown command fly/],
    ['add', /add needs NAME/],
    ['add a b', /unexpected argument b; names with spaces need quotes/],
    ['add a --wpa2 --wpa3', /one of --wpa2, --wpa3 and --open/],
    ['add a --open --passphrase-file f', /open network has no password/],
    ['add a --priority high', /--priority is a whole number/],
    ['add a --priority 1001', /--priority is a whole number/],
    ['add a --json', /--json cannot be combined with add/],
    ['add xyz --hex', /hex digits/],
    ['add a --psk', /--psk/],
    ['add a --interface ../../etc', /not the name of an interface/],
    ['list a', /unexpected argument a/],
    ['country Germany', /not a country code; use two letters/],
    ['remove', /remove needs NAME/],
  ] as const) {
    it(`refuses "${words}"`, async () => {
      const { status, out, err } = await wifi(words.split(' ').filter((word) => word !== ''));
      assert.equal(status, 2);
      assert.equal(out, '');
      assert.match(err, problem);
      assert.match(err, /Try "enftun wifi( \w+)? --help"/);
    });
  }
});
