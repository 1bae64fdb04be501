import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { table } from '../../../../src/dev/pki/command-table.ts';
import { runPki } from '../../../../src/dev/pki/program.ts';

const address = 'fd00:8f80:1::1234';

describe('enf-pki', () => {
  let folder: string;
  beforeEach(() => {
    folder = path.join(mkdtempSync(path.join(tmpdir(), 'enf-pki-')), 'made');
  });
  afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

  /** `DIR` in the words stands for the folder. */
  async function pki(words: string): Promise<{ status: number; out: string; err: string }> {
    const printed = { out: '', err: '' };
    const argv = words.split(' ').map((word) => word.replace('DIR', folder));
    const status = await runPki({
      argv,
      stdout: (text) => (printed.out += text),
      stderr: (text) => (printed.err += text),
    });
    return { status, ...printed };
  }
  async function done(words: string): Promise<string> {
    const { status, out, err } = await pki(words);
    assert.equal(err, '');
    assert.equal(status, 0);
    return out;
  }
  const modeOf = (name: string) => statSync(path.join(folder, name)).mode & 0o777;

  it('makes the pairs of an authority, a server and a client', async () => {
    const mask = process.umask(0o077);
    try {
      await done('ca --out DIR');
      await done('server --ca DIR --out DIR --name router --san 192.0.2.1');
      await done(`client --ca DIR --out DIR --address ${address}`);
    } finally {
      process.umask(mask);
    }
    const pairs = ['ca', 'client', 'server'].flatMap((name) => [
      `${name}.crt.pem`,
      `${name}.key.pem`,
    ]);
    assert.deepEqual(readdirSync(folder), pairs);
    for (const name of pairs)
      assert.equal(modeOf(name), name.includes('key') ? 0o600 : 0o644, name);
    const files = ['ca.crt.pem', 'server.crt.pem', 'client.crt.pem'].map((f) =>
      path.join(folder, f),
    );
    execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', ...files], { stdio: 'pipe' });
  });

  for (const [place, problem] of [
    ['/proc/none/deeper', /^enf-pki: \/proc\/none\/deeper: no such file or directory\n$/],
    [
      '/dev/null/deeper',
      /^enf-pki: \/dev\/null\/deeper: a part of this path is not a directory\n$/,
    ],
    ['/dev/null', /^enf-pki: \/dev\/null: /],
  ] as const) {
    it(`ends with a word where no folder can be made: ${place}`, async () => {
      const { status, err } = await pki(`ca --out ${place}`);
      assert.equal(status, 1);
      assert.match(err, problem);
    });
  }

  it('makes a folder with all its parents', async () => {
    await done('ca --out DIR/a/b/c');
    assert.ok(statSync(path.join(folder, 'a/b/c/ca.key.pem')).isFile());
  });

  it('does not wait for a pipe in place of the key of an authority', async () => {
    await done('ca --out DIR');
    rmSync(path.join(folder, 'ca.key.pem'));
    execFileSync('mkfifo', [path.join(folder, 'ca.key.pem')]);
    const { status, err } = await pki('server --ca DIR --out DIR --name router');
    assert.equal(status, 1);
    assert.match(err, /ca\.key\.pem: is not a regular file/);
  });

  it('keeps existing files unless forced, and both or none', async () => {
    await done('ca --out DIR');
    const before = readFileSync(path.join(folder, 'ca.key.pem'));
    const { status, err } = await pki('ca --out DIR');
    assert.equal(status, 1);
    assert.match(err, /ca\.key\.pem: exists already; use --force/);
    assert.deepEqual(readFileSync(path.join(folder, 'ca.key.pem')), before);

    rmSync(path.join(folder, 'ca.key.pem'));
    assert.match((await pki('ca --out DIR')).err, /ca\.crt\.pem: exists already/);
    assert.deepEqual(readdirSync(folder), ['ca.crt.pem']);

    await done('ca --out DIR --force');
    assert.notDeepEqual(readFileSync(path.join(folder, 'ca.key.pem')), before);
    assert.equal(modeOf('ca.key.pem'), 0o600);
    await done(`client --ca DIR --out DIR --address ${address}`);
  });

  it('gives a replaced key its mode, whatever the old file had', async () => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'client.key.pem'), 'old', { mode: 0o666 });
    await done(`client --self-signed --out DIR --address ${address} --force`);
    assert.equal(modeOf('client.key.pem'), 0o600);
    assert.deepEqual(readdirSync(folder), ['client.crt.pem', 'client.key.pem']);
  });

  it('shows subject, address, validity and pin', async () => {
    await done(`client --self-signed --out DIR --address ${address}`);
    const cert = new X509Certificate(readFileSync(path.join(folder, 'client.crt.pem')));
    const spki = cert.publicKey.export({ type: 'spki', format: 'der' });
    const pin = createHash('sha256').update(spki).digest('base64');
    const out = await done('show DIR/client.crt.pem');
    assert.match(out, /^subject +CN=fd008f80000100000000000000001234$/m);
    assert.match(out, /^address +fd00:8f80:1::1234$/m);
    assert.match(out, /^issuer +itself$/m);
    assert.match(out, /^valid +0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z$/m);
    assert.ok(out.includes(`pin      ${pin}\n`));
  });

  it('shows every certificate of several files as JSON, DER too', async () => {
    await done('ca --out DIR --name Root');
    await done('server --ca DIR --out DIR --name router');
    const texts = ['ca', 'server'].map((name) =>
      readFileSync(path.join(folder, `${name}.crt.pem`), 'utf8'),
    );
    writeFileSync(path.join(folder, 'both.pem'), `a comment\n${texts.join('\n')}`);
    writeFileSync(path.join(folder, 'one.der'), new X509Certificate(texts[1]!).raw);
    // The shape is what the documentation says; a wrong one fails below.
    const shown = JSON.parse(await done('show --json DIR/both.pem DIR/one.der')) as {
      file: string;
      subject: string;
      authority: boolean;
      selfSigned: boolean;
      address?: string;
      alternativeNames: string[];
    }[];
    assert.deepEqual(
      shown.map((each) => [
        path.basename(each.file),
        each.subject,
        each.authority,
        each.selfSigned,
      ]),
      [
        ['both.pem', 'CN=Root', true, true],
        ['both.pem', 'CN=router', false, false],
        ['one.der', 'CN=router', false, false],
      ],
    );
    assert.equal(shown[1]!.address, undefined);
    assert.deepEqual(shown[1]!.alternativeNames, ['DNS:router']);
  });

  it('describes what it made as JSON', async () => {
    const words = `client --self-signed --out DIR --address ${address} --basename card --json`;
    const made = JSON.parse(await done(words)) as Record<string, unknown>;
    assert.equal(made.cert, path.join(folder, 'card.crt.pem'));
    assert.equal(made.key, path.join(folder, 'card.key.pem'));
    assert.equal(made.address, address);
    assert.equal(typeof made.pin, 'string');
  });

  const rows: [words: string, status: number, message: RegExp][] = [
    ['', 2, /unknown command ; one of/],
    ['sign', 2, /unknown command sign; one of ca, server, client, group, member, show\n/],
    ['ca', 2, /--out DIR is missing\nTry "enf-pki ca --help"\.\n/],
    ['ca --out DIR extra', 2, /unexpected argument extra/],
    ['ca --out DIR --basename a/b', 2, /plain file name/],
    ['ca --out DIR --not-after tomorrow', 2, /--not-after is a date such as/],
    ['ca --out DIR --not-before 2030-01-01 --not-after 2029-01-01', 2, /end before it begins/],
    ['server --out DIR --name x', 2, /--ca DIR is missing/],
    ['client --out DIR --address ::5', 2, /either --ca DIR or --self-signed/],
    ['client --self-signed --ca DIR --out DIR --address ::5', 2, /either --ca DIR or/],
    ['client --self-signed --out DIR', 2, /--address ADDRESS is missing/],
    ['client --self-signed --out DIR --address 10.0.0.1', 2, /address "10.0.0.1".*IPv6/],
    [
      'client --self-signed --out DIR --address ::5 --format dec',
      2,
      /--format is one of hex, colons, not "dec"/,
    ],
    ['client --self-signed --out DIR --adress ::5', 2, /unknown option --adress\n/],
    ['client --ca DIR --out DIR --address ::5', 1, /ca\.crt\.pem: no such file/],
    ['ca --out /dev/null/x', 1, /\/dev\/null\/x: a part of this path/],
    ['show', 2, /show needs FILE\n/],
    ['show DIR/absent.pem', 1, /absent\.pem: no such file/],
    ['show /dev/null', 1, /\/dev\/null: is not a regular file/],
  ];
  for (const [words, status, message] of rows) {
    it(`says what is wrong with: ${words}`, async () => {
      const result = await pki(words);
      assert.equal(result.status, status);
      assert.match(result.err, message);
      assert.equal(result.out, '');
    });
  }

  it('does not take a key for a certificate', async () => {
    await done('ca --out DIR');
    const { status, err } = await pki('show DIR/ca.key.pem');
    assert.equal(status, 78);
    assert.match(
      err,
      /ca\.key\.pem: no certificate in this file; expected CERTIFICATE, found PRIVATE KEY/,
    );
  });

  it('helps in general and with every command', async () => {
    assert.match(await done('--help'), /^Usage: enf-pki ca [^]*\nMakes keys/);
    for (const command of Object.keys(table.commands)) {
      assert.match(await done(`${command} --help`), new RegExp(`^Usage: enf-pki ${command} `));
      assert.equal(await done(`help ${command}`), await done(`${command} -h`));
    }
  });
});
