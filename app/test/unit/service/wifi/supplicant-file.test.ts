import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  networksOf,
  parseSupplicantFile,
  printSupplicantFile,
} from '../../../../src/service/wifi/supplicant-file.ts';

const networks = (text: string) => networksOf(parseSupplicantFile(text));
const block = (...lines: string[]) =>
  `network={\n${lines.map((line) => `\t${line}\n`).join('')}}\n`;

describe('service/wifi/supplicant-file', () => {
  it('keeps every line of a file that it did not write', () => {
    const text = [
      '# by hand',
      'ctrl_interface=/run/wpa_supplicant',
      '',
      'network={',
      '\tssid="a # no comment"   # a comment',
      '  bssid=02:00:00:00:00:01',
      '}',
      'cred={',
      '    realm="x"',
      '}',
      '',
    ].join('\n');
    assert.equal(printSupplicantFile(parseSupplicantFile(text)), text);
  });

  it('reads back what it prints, whatever the text', () => {
    const line = fc.oneof(
      fc.constantFrom('network={', '}', ' } ', '', 'ssid="a"', '\tssid=6162', '#', 'network={ # x'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const once = parseSupplicantFile(lines.join('\n'));
        assert.deepEqual(parseSupplicantFile(printSupplicantFile(once)), once);
      }),
    );
  });

  for (const [what, value, name] of [
    ['hex digits', '436166C3A9', 'Café'],
    ['text', '"Café"', 'Café'],
    ['text with quotation marks in it', '"a"b"', 'a"b'],
    ['text with a number sign', '"a#b"', 'a#b'],
    ['text and a comment', '"a"  # it\'s mine', 'a'],
    ['hex digits and a comment', '6162 # ab', 'ab'],
    ['escaped text', 'P"a\\x41\\n"', 'aA\\x0a'],
  ] as const) {
    it(`reads a name in ${what}`, () => {
      const [network] = networks(block(`ssid=${value}`));
      assert.equal(network?.ssid.text, name);
    });
  }

  for (const value of ['', '""', '"open', 'xyz', '616', `"${'x'.repeat(33)}"`]) {
    it(`passes over a block whose name is ${value || 'missing'}`, () => {
      const text = block(`ssid=${value}`, 'key_mgmt=NONE') + block('ssid="good"');
      assert.deepEqual(
        networks(text).map(({ ssid }) => ssid.text),
        ['good'],
      );
    });
  }

  for (const [lines, security] of [
    [['key_mgmt=NONE'], 'open'],
    [['key_mgmt=NONE', 'wep_key0=1234567890'], 'other'],
    [['psk="password"'], 'wpa2'],
    [[], 'other'],
    [['eap=PEAP', 'identity="me"'], 'other'],
    [['key_mgmt=WPA-EAP'], 'other'],
    [['key_mgmt=WPA-PSK WPA-PSK-SHA256'], 'wpa2'],
    [['key_mgmt=SAE'], 'wpa3'],
    [['key_mgmt=WPA-PSK SAE  # both'], 'wpa2+wpa3'],
    [['#key_mgmt=NONE', 'key_mgmt=SAE'], 'wpa3'],
    [['key_mgmt=NONE', 'key_mgmt=SAE'], 'wpa3'],
    [['key_mgmt=OWE'], 'other'],
  ] as const) {
    it(`takes ${JSON.stringify(lines)} for ${security}`, () => {
      assert.equal(networks(block('ssid="x"', ...lines))[0]?.security, security);
    });
  }

  it('reads whether a network is hidden, and its priority', () => {
    const [network] = networks(block('ssid="x"', 'scan_ssid=1', 'priority=-3'));
    assert.equal(network?.isHidden, true);
    assert.equal(network?.priority, -3);
    assert.equal(networks(block('ssid="x"', 'priority=lots'))[0]?.priority, 0);
  });

  it('closes a block that has no end, so that wpa_supplicant takes the file', () => {
    const file = parseSupplicantFile('network={\n  ssid="x"\n');
    assert.equal(printSupplicantFile(file), 'network={\n  ssid="x"\n}\n');
  });

  it('reads files with the line ends of other systems', () => {
    assert.equal(networks('network={\r\n ssid="x"\r\n}\r\n')[0]?.ssid.text, 'x');
  });
});
