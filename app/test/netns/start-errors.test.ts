/**
 * What an operator meets at the first start: each mistake is one line with the next step, the right status, no stack.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hasLogged } from '../harness/logged.ts';
import { writeCardConfig, type CardOptions } from '../harness/card.ts';
import { makeClient, makeCredentials, type Credentials } from '../harness/credentials.ts';
import { labFolder, logFile, program } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import { Network } from '../harness/topology.ts';
import { opensslCredential } from '../unit/identity/openssl-credential.ts';

const folder = `${labFolder}/start-errors`;

describe('a start with a mistake', () => {
  let network: Network;
  let good: Credentials;

  before(async () => {
    good = await makeCredentials(`${folder}/pki`);
    network = await Network.create();
  });
  after(() => network.remove());
  beforeEach(() => mkdirSync(folder, { recursive: true }));

  /** The output of the service, which ends by itself. */
  async function start(options: CardOptions, prefix: readonly string[] = []) {
    const file = await writeCardConfig(good, options);
    const argv = [...prefix, ...program('enftun'), '-c', file];
    return network.card.run(argv, { mayFail: true, deadlineSeconds: 20 });
  }

  /** As a user without any privilege, whose files they are. */
  const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const withRawSockets = ['--inh-caps', '+net_raw', '--ambient-caps', '+net_raw'];

  type Row = [
    name: string,
    options: CardOptions,
    prefix: readonly string[],
    status: number,
    words: RegExp,
  ];
  const rows: Row[] = [
    [
      'an interface that is not there',
      { link: 'ethernet', keys: { 'link.dev': '"usb7"' } },
      [],
      1,
      /usb7.*ENODEV.*; .*ip link/,
    ],
    [
      'an interface that is not Ethernet',
      { link: 'ethernet', keys: { 'link.dev': '"lo"' } },
      [],
      1,
      /lo is not an Ethernet interface/,
    ],
    [
      'no TUN control device',
      { link: 'tun', keys: { 'tun.dev_node': '"/nonexistent/tun"' } },
      [],
      1,
      /ENOENT.*; there is no \/nonexistent\/tun; make it with/,
    ],
    [
      'a TUN control device that is none',
      { link: 'tun', keys: { 'tun.dev_node': '"/dev/null"' } },
      [],
      1,
      /ENOTTY.*; \/dev\/null is not a TUN device node/,
    ],
    ['no permission for packet sockets', { link: 'ethernet' }, nobody, 1, /EPERM.*CAP_NET_RAW/],
    [
      'no permission for a TUN',
      { link: 'tun' },
      [...nobody, ...withRawSockets],
      1,
      /(EPERM|EACCES).*; /,
    ],
    [
      'a port that is not a number',
      { link: 'ethernet', keys: { 'remote.port': '"https"' } },
      [],
      78,
      /enftun\.conf:\d+: remote\.port: .*expected .*found "https"/,
    ],
    [
      'IPv4 on Ethernet',
      { link: 'ethernet', keys: { 'route.allow_ipv4': 'true' } },
      [],
      78,
      /route\.allow_ipv4: .*expected false, found true/,
    ],
  ];
  for (const [name, options, prefix, status, words] of rows) {
    it(`${name}: status ${status}, one line`, async () => {
      const { stderr, status: ended } = await start(options, prefix);
      const lines = stderr.trim().split('\n');
      assert.equal(ended, status, stderr);
      assert.match(lines.at(-1)!, words);
      assert.doesNotMatch(stderr, /^\s+at /m, 'a stack');
      assert.equal(lines.filter((line) => line.startsWith('<3>')).length, 1, stderr);
    });
  }

  it('an interface that another service has: status 1, one line', async () => {
    const file = await writeCardConfig(good, { link: 'tun' });
    const argv = [...program('enftun'), '-c', file];
    const first = network.card.start('enftun', argv, { log: logFile('first') });
    try {
      await first.until('the interface', 10, () => hasLogged(first.log(), 'serving-host'));
      const { stderr, status } = await start({ link: 'tun' });
      assert.equal(status, 1);
      assert.match(stderr, /enf0.*EBUSY.*another process has enf0 open/);
    } finally {
      await first.kill();
    }
  });

  it('a port that is in use: enf-server says so, status 1', async () => {
    const argv = [
      ...program('enf-server'),
      ...['--listen', '127.0.0.1:4443', '--any-client'],
      ...['--cert', good.serverCert, '--key', good.serverKey],
    ];
    const first = network.enf.start('enf-server', argv, { log: logFile('first') });
    try {
      await first.until('listening', 10, () => hasLogged(first.log(), 'listening'));
      const { stderr, status } = await network.enf.run(argv, { mayFail: true });
      assert.equal(status, 1, stderr);
      assert.match(
        stderr,
        /127\.0\.0\.1, port 4443: another program listens there; choose another/,
      );
      assert.doesNotMatch(stderr, /^\s+at /m);
    } finally {
      await first.kill();
    }
  });

  describe('in the files of the identity is waited out', () => {
    const file = (name: string): string => `${folder}/identity/${name}`;
    const keys = {
      'remote.ca_cert_file': `"${file('ca')}"`,
      'identity.cert_file': `"${file('cert')}"`,
      'identity.key_file': `"${file('key')}"`,
    };

    function putGood(): void {
      rmSync(file(''), { recursive: true, force: true });
      mkdirSync(file(''), { recursive: true });
      copyFileSync(good.caCert, file('ca'));
      copyFileSync(good.clientCert, file('cert'));
      copyFileSync(good.clientKey, file('key'));
    }

    const faults: [name: string, spoil: () => void | Promise<void>, words: RegExp][] = [
      ['no certificate', () => rmSync(file('cert')), /cert: cannot be read: .*; provision/],
      ['no key', () => rmSync(file('key')), /key: cannot be read: .*; provision/],
      ['no roots', () => rmSync(file('ca')), /ca: cannot be read: .*remote\.ca_cert_file/],
      ['a key that is none', () => writeFileSync(file('key'), 'x'), /key: .*; /],
      [
        'a certificate that is none',
        () => writeFileSync(file('cert'), 'x'),
        /cert: is not a certif/,
      ],
      [
        'the key of another certificate',
        async () => {
          const other = await makeClient(`${folder}/pki`, `${folder}/other`, 'fd00:8f80:1::99');
          copyFileSync(other.clientKey, file('key'));
        },
        /key: is not the key of the certificate/,
      ],
      [
        'a certificate that the TLS library refuses',
        () => {
          const { cert, key } = opensslCredential({ key: 'RSA:512' });
          writeFileSync(file('cert'), cert);
          writeFileSync(file('key'), key);
        },
        /cert: cannot be used: its key is too short/,
      ],
      [
        'a certificate without an address',
        () => {
          copyFileSync(good.serverCert, file('cert'));
          copyFileSync(good.serverKey, file('key'));
        },
        /cert: the commonName "router" is neither an IPv6 address nor 32 hex digits/,
      ],
      [
        'a pipe for a key',
        () => {
          rmSync(file('key'));
          execFileSync('mkfifo', [file('key')]);
        },
        /key: is not a regular file/,
      ],
    ];
    for (const [name, spoil, words] of faults) {
      it(`${name}: logged in one line, and corrected without a restart`, async () => {
        putGood();
        await spoil();
        const service = await startToRun(keys);
        try {
          const expected = new RegExp(`<4>.*${words.source}.*\\[no-identity\\.`);
          await service.until('the message', 10, () => expected.test(service.log()));
          assert.doesNotMatch(service.log(), /^\s+at /m, 'a stack');
          putGood();
          await service.until('an attempt to connect', 10, () =>
            hasLogged(service.log(), 'tunnel-down'),
          );
        } finally {
          await service.kill();
        }
      });
    }

    it('a key that this user may not read: logged with what to do', async () => {
      putGood();
      chmodSync(file('key'), 0o600);
      const service = await startToRun(keys, [...nobody, ...withRawSockets]);
      try {
        const expected = /key: cannot be read: permission denied; make it readable for the service/;
        await service.until('the message', 10, () => expected.test(service.log()));
      } finally {
        await service.kill();
      }
    });
  });

  async function startToRun(
    keys: Readonly<Record<string, string>>,
    prefix: readonly string[] = [],
  ): Promise<Program> {
    const config = await writeCardConfig(good, { link: 'ethernet', keys });
    const argv = [...prefix, ...program('enftun'), '-c', config];
    return network.card.start('enftun', argv, { log: logFile('enftun') });
  }
});
