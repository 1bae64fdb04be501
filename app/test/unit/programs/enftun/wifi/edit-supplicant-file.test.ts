import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  countryOf,
  emptyConfiguration,
  withCountry,
  withNetwork,
  withoutNetwork,
  type NewNetwork,
} from '../../../../../src/programs/enftun/wifi/edit-supplicant-file.ts';
import { securities } from '../../../../../src/programs/enftun/wifi/security.ts';
import { ssidOfBytes, type Ssid } from '../../../../../src/programs/enftun/wifi/ssid.ts';
import {
  networksOf,
  parseSupplicantFile,
  printSupplicantFile,
} from '../../../../../src/programs/enftun/wifi/supplicant-file.ts';
import { named } from './names.ts';

const empty = parseSupplicantFile(emptyConfiguration);

const secret = { pskHex: '0123456789abcdef'.repeat(4), saeHex: undefined };

function network(ssid: Ssid, rest: Partial<NewNetwork> = {}): NewNetwork {
  return { ssid, security: 'wpa2', secret, isHidden: false, priority: 0, ...rest };
}

const anySsid = fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes): Ssid => {
  const name = ssidOfBytes(bytes);
  assert.ok(name.ok);
  return name.ssid;
});

describe('wifi/edit-supplicant-file', () => {
  it('writes a network so that it is read back, whatever its name and password', () => {
    fc.assert(
      fc.property(
        anySsid,
        fc.uint8Array({ minLength: 1, maxLength: 128 }),
        fc.boolean(),
        fc.integer({ min: -1000, max: 1000 }),
        (ssid, password, isHidden, priority) => {
          const sae = { pskHex: undefined, saeHex: Buffer.from(password).toString('hex') };
          const added = network(ssid, { security: 'wpa3', secret: sae, isHidden, priority });
          const text = printSupplicantFile(withNetwork(empty, added));
          // Nothing but printable characters, so nothing can end a line or a block.
          assert.match(Buffer.from(text, 'latin1').toString('utf8'), /^[\x20-\x7e\n\P{C}]*$/u);
          const read = networksOf(parseSupplicantFile(text));
          assert.deepEqual(read, [{ ssid, security: 'wpa3', isHidden, priority }]);
          // One block, whose lines are ours.
          const lines = text.slice(emptyConfiguration.length).trimEnd().split('\n');
          assert.equal(lines.at(0), 'network={');
          assert.equal(lines.at(-1), '}');
          for (const line of lines.slice(2, -1)) assert.match(line, /^ {4}[a-z0-9_]+=[\w +-]+$/);
        },
      ),
    );
  });

  for (const security of securities) {
    it(`reads back the protection ${security}`, () => {
      const file = withNetwork(empty, network(named('x'), { security }));
      assert.equal(networksOf(file)[0]?.security, security);
    });
  }

  it('writes for each protection what wpa_supplicant needs', () => {
    const file = withNetwork(
      withNetwork(empty, network(named('Home'), { isHidden: true, priority: 5 })),
      network(named('Café'), {
        security: 'open',
        secret: { pskHex: undefined, saeHex: undefined },
      }),
    );
    assert.equal(
      Buffer.from(printSupplicantFile(file), 'latin1').toString('utf8'),
      `${emptyConfiguration}network={
    # Home
    ssid=486f6d65
    key_mgmt=WPA-PSK WPA-PSK-SHA256
    proto=RSN
    ieee80211w=1
    psk=${secret.pskHex}
    scan_ssid=1
    priority=5
}
network={
    # Café
    ssid=436166c3a9
    key_mgmt=NONE
}
`,
    );
  });

  it('changes a network in its place, and leaves the others and what was written by hand', () => {
    const byHand = 'network={\n  ssid="b"\n  bssid=02:00:00:00:00:01\n}\n# end\n';
    let file = parseSupplicantFile(`network={\n ssid="a"\n psk="password"\n}\n${byHand}`);
    file = withNetwork(file, network(named('a'), { priority: 7 }));
    const text = printSupplicantFile(file);
    assert.ok(text.endsWith(byHand));
    assert.deepEqual(
      networksOf(file).map(({ ssid, priority }) => [ssid.text, priority]),
      [
        ['a', 7],
        ['b', 0],
      ],
    );
  });

  it('leaves one network of each name', () => {
    const twice = 'network={\n ssid="a"\n}\nnetwork={\n ssid=61\n}\n';
    const file = withNetwork(parseSupplicantFile(twice), network(named('a')));
    assert.equal(networksOf(file).length, 1);
  });

  it('removes what it added, whatever was there', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anySsid, { selector: ({ hex }) => hex, minLength: 1 }),
        (names) => {
          const [first, ...others] = names;
          const others_ = others.reduce((file, ssid) => withNetwork(file, network(ssid)), empty);
          const all = withNetwork(others_, network(first!));
          assert.equal(networksOf(all).length, names.length);
          assert.deepEqual(withoutNetwork(all, first!), others_);
        },
      ),
      { numRuns: 20 }, // each name costs thousands of hashes
    );
  });

  it('keeps one country, before the networks', () => {
    assert.equal(countryOf(empty), undefined);
    let file = withNetwork(empty, network(named('x')));
    file = withCountry(withCountry(file, 'DE'), 'FR');
    assert.equal(countryOf(file), 'FR');
    const text = printSupplicantFile(file);
    assert.equal(text.match(/country=/g)?.length, 1);
    assert.ok(text.indexOf('country=FR\n') < text.indexOf('network={'));
  });

  it('reads the country that counts, in any case and with a comment', () => {
    assert.equal(countryOf(parseSupplicantFile('country=us\ncountry=de # home\n')), 'DE');
    assert.equal(countryOf(parseSupplicantFile('network={\ncountry=US\n}\n')), undefined);
  });
});
