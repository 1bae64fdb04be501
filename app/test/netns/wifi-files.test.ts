/**
 * The files of WiFi networks, judged by the one who reads them: a real wpa_supplicant, on an interface without a radio
 * (its driver for wires). What we take a file for is what it takes it for, and one mistake costs one file.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { labFolder } from '../harness/paths.ts';
import { Program, run } from '../harness/process.ts';
import { until } from '../harness/until.ts';
import { parseNetworkList } from '../../src/programs/enftun/wifi/control-replies.ts';
import {
  withNetwork,
  withoutNetwork,
} from '../../src/programs/enftun/wifi/edit-supplicant-file.ts';
import { ssidOfText } from '../../src/programs/enftun/wifi/ssid.ts';
import {
  networksOf,
  parseSupplicantFile,
  printSupplicantFile,
} from '../../src/programs/enftun/wifi/supplicant-file.ts';
import { WpaControl } from '../../src/programs/enftun/wifi/wpa-control.ts';

const folder = `${labFolder}/wifi-files`;
const script = path.resolve(import.meta.dirname, '../../../overlay/usr/lib/card/wifi-files');
const header = `ctrl_interface=${folder}/control\n`;

/** Names of the networks as wpa_supplicant has them, in hex; undefined when it refuses the file. */
async function readBySupplicant(text: string): Promise<readonly string[] | undefined> {
  const file = `${folder}/read.conf`;
  writeFileSync(file, Buffer.from(header + text, 'latin1'));
  rmSync(`${folder}/control`, { recursive: true, force: true });
  const program = Program.start(
    'wpa_supplicant',
    ['wpa_supplicant', '-Dwired', '-ilo', `-c${file}`],
    {
      log: `${folder}/supplicant.log`,
    },
  );
  try {
    const control = await until('wpa_supplicant to answer or to end', 20, () => {
      if (!program.isRunning) return 'ended';
      try {
        return WpaControl.open(`${folder}/control/lo`);
      } catch {
        return undefined;
      }
    });
    if (control === 'ended') return undefined;
    const networks = parseNetworkList(await control.request('LIST_NETWORKS'));
    control.close();
    return networks.map(({ ssid }) => ssid.hex);
  } finally {
    if (program.isRunning) await program.stop();
  }
}

const network = (name: string, ...lines: string[]) =>
  ['network={', ` ssid="${name}"`, ' key_mgmt=NONE', ...lines, '}'].join('\n') + '\n';

function named(text: string) {
  const name = ssidOfText(text);
  assert.ok(name.ok);
  return name.ssid;
}

describe('files of WiFi networks', () => {
  before(() => mkdirSync(folder, { recursive: true }));

  it('are read as wpa_supplicant reads them', async function () {
    this.timeout(300_000);
    const line = fc.constantFrom(
      ...[
        'network={',
        'network={ # comment',
        '}',
        ' } # end',
        '',
        '# }',
        ' ssid="a"',
        ' ssid="b\xe9" # }',
      ],
      ...[
        ' ssid="c',
        ' ssid=6162',
        ' key_mgmt=NONE',
        ' key_mgmt=NONE\r',
        'country=DE',
        'bla',
        'cred={',
        ' realm="x"',
      ],
    );
    const block = fc.array(line, { maxLength: 3 }).map((lines) => network('n', ...lines));
    const file = fc
      .array(
        fc.oneof(
          block,
          line.map((text) => `${text}\n`),
        ),
        { maxLength: 4 },
      )
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        const ours = parseSupplicantFile(header + text);
        const theirs = await readBySupplicant(text);
        if (ours.problem !== undefined) return assert.equal(theirs, undefined);
        // What only wpa_supplicant can judge, such as a network without a name, does not depend on lines and blocks.
        if (theirs === undefined) return;
        assert.deepEqual(
          networksOf(ours).map(({ ssid }) => ssid.hex),
          theirs,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('lose nothing but the network that is removed, and stay usable', async () => {
    const before = `${network('a')}network={ # home\n ssid="b"\n key_mgmt=NONE\n} # until here\n${network('c')}`;
    assert.deepEqual(await readBySupplicant(before), ['61', '62', '63']);
    const open = { security: 'open', secret: { pskHex: undefined, saeHex: undefined } } as const;
    let file = withoutNetwork(parseSupplicantFile(before), named('a'));
    assert.deepEqual(await readBySupplicant(printSupplicantFile(file)), ['62', '63']);
    file = withNetwork(file, { ...open, ssid: named('d'), isHidden: false, priority: 0 });
    assert.deepEqual(await readBySupplicant(printSupplicantFile(file)), ['62', '63', '64']);
    assert.ok(printSupplicantFile(file).includes('network={ # home\n'));
    file = withoutNetwork(file, named('b'));
    assert.deepEqual(await readBySupplicant(printSupplicantFile(file)), ['63', '64']);
  });

  const data = `${folder}/data`;
  const given = `${folder}/given`;

  /** What wpa_supplicant is given to read on a card with these files, and what is said of those left out. */
  async function handOver(ours: string, own: string) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
    writeFileSync(`${data}/wpa_supplicant-wlan0.conf`, ours);
    writeFileSync(`${data}/own.conf`, own);
    const { stderr } = await run([
      'env',
      `WIFI_FILES=${data}`,
      `WIFI_RUN=${given}`,
      script,
      'wlan0',
    ]);
    const [networks, others, problems] = ['networks.conf', 'own.conf', 'problems'].map((name) =>
      readFileSync(path.join(given, name), 'utf8'),
    );
    return { networks, others, problems, stderr };
  }

  it('are handed over as they are when they can be read', async () => {
    const [ours, own] = [network('a'), network('b', ' priority=3')];
    const { networks, others, problems, stderr } = await handOver(ours, own);
    assert.deepEqual([networks, others, problems, stderr], [ours, own, '', '']);
  });

  it('are left out one by one for a mistake, which is named without its value', async () => {
    const own = network('b', ' psk="secret"');
    const { networks, others, problems, stderr } = await handOver(network('a'), own);
    assert.equal(networks, network('a'));
    assert.equal(others, 'ctrl_interface=/run/wpa_supplicant\n');
    assert.match(problems ?? '', /^\S+\/data\/own\.conf\t4\tInvalid passphrase length 6[^\t]*\n$/);
    assert.match(
      stderr,
      /own\.conf, line 4: Invalid passphrase length 6.*its networks are left out/,
    );
    assert.doesNotMatch(`${problems}${stderr}`, /secret/);
    const other = await handOver('network={\n', network('b'));
    assert.equal(other.others, network('b'));
    assert.match(
      other.problems ?? '',
      /wpa_supplicant-wlan0\.conf\t1\tnetwork block was not terminated/,
    );
    const word = await handOver(network('a'), 'update_confg=1\n');
    assert.match(word.problems ?? '', /own\.conf\t1\tunknown global field 'update_confg'\n$/);
  });
});
