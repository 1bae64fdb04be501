import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  networksOf,
  parseSupplicantFile,
  printSupplicantFile,
} from '../../../../../src/programs/enftun/wifi/supplicant-file.ts';

const networks = (text: string) => networksOf(parseSupplicantFile(text));
const block = (...lines: string[]) =>
  `network={\n${lines.map((line) => `\t${line}\n`).join('')}}\n`;

describe('wifi/supplicant-file', () => {
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
      fc.constantFrom(
        'network={',
        '}',
        ' } ',
        '',
        'ssid="a"',
        '\tssid=6162',
        '#',
        'network={ # x',
        '} # x',
        'cred={',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const once = parseSupplicantFile(text);
        assert.equal(printSupplicantFile(once), text);
        assert.deepEqual(parseSupplicantFile(text), once);
      }),
    );
  });

  for (const [what, value, name] of [
    ['hex digits', '436166C3A9', 'Café'],
    ['text', Buffer.from('"Café"').toString('latin1'), 'Café'],
    ['text that is not UTF-8', '"Caf\xe9"', 'Caf\\xe9'],
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

  for (const [what, text, line] of [
    ['a block without an end', '# x\nnetwork={\n  ssid="x"\n', 2],
    ['a block in a block', 'network={\nnetwork={\n}\n}\n', 4],
    ['a line that sets nothing', 'country=DE\nbla\n', 2],
    ['a line of a network that sets nothing', 'network={\n ssid="x"\n psk\n}\n', 3],
    ['a text without an end', 'network={\n ssid="x\n}\n', 2],
    ['an end without a block', '}\n', 1],
    ['another kind of block without an end', 'cred={\n realm="x"\n', 1],
  ] as const) {
    it(`finds ${what}`, () => {
      const file = parseSupplicantFile(text);
      assert.equal(file.problem?.line, line);
      assert.equal(printSupplicantFile(file), text);
    });
  }

  it('sees the end of a block behind which there is a comment, and keeps the comments', () => {
    const text = 'network={ # home\n ssid="a"\n} # until here\nnetwork={\r\n\tssid="b"\r\n\t}\r\n';
    const file = parseSupplicantFile(text);
    assert.equal(file.problem, undefined);
    assert.deepEqual(
      networksOf(file).map(({ ssid }) => ssid.text),
      ['a', 'b'],
    );
    assert.equal(printSupplicantFile(file), text);
  });

  it('leaves blocks of other kinds alone', () => {
    const text = 'blob-base64-ca={\nnetwork={\nbm90\n}\ncred={\n realm="x"\n}\n';
    const file = parseSupplicantFile(text);
    assert.equal(file.problem, undefined);
    assert.deepEqual(networksOf(file), []);
    assert.equal(printSupplicantFile(file), text);
  });

  it('reads files with the line ends of other systems', () => {
    assert.equal(networks('network={\r\n ssid="x"\r\n}\r\n')[0]?.ssid.text, 'x');
  });
});
