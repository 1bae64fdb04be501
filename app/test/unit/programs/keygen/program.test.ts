/** `enftun keygen` from its command line to the files, against the development identity service on loopback. */
import assert from 'node:assert/strict';
import { withFileLock } from '../../../../src/platform/file-lock.ts';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { selfSignClient } from '../../../../src/dev/pki/authority.ts';
import { readCertificateFields } from '../../../../src/identity/certificate-fields.ts';
import { systemClock } from '../../../../src/platform/deadline-timer.ts';
import type { KeygenContext } from '../../../../src/programs/keygen/context.ts';
import { runKeygen } from '../../../../src/programs/keygen/program.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';
import { authority, Iam, network, password, user } from './iam-fixture.ts';

const address = 'fd00:8f80:1::77';
const now = new Date('2026-11-30T12:00:00Z');

/** A terminal at which the test types. */
class FakeTerminal extends PassThrough {
  readonly isTTY = true;
  isRaw = false;
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
}

describe('keygen/program', () => {
  let date: Date;
  beforeEach(() => (date = now));
  const folder = scratchFolder();
  let iam: Iam;
  let stdout: string;
  let stderr: string;
  beforeEach(async () => {
    iam = await Iam.start();
    write('enf0.conf', 'identity = { cert_file = "id/c.pem"; key_file = "id/k.pem"; };');
    write('ca.pem', authority.cert);
    write('password', `${password}\nmore\n`);
    chmodSync(inFolder('password'), 0o600);
    mkdirSync(inFolder('id'));
  });
  afterEach(() => iam.close());

  const inFolder = (name: string) => path.join(folder(), name);
  const write = (name: string, text: string) => writeFileSync(inFolder(name), text);
  const read = (name: string) => readFileSync(inFolder(name), 'utf8');
  const files = () => readdirSync(inFolder('id')).sort();
  const modeOf = (name: string) => statSync(inFolder(name)).mode & 0o777;

  const place = () => ['-c', inFolder('enf0.conf'), '-e', folder(), '--yes'];
  const login = () => [
    ...['-u', user, '--password-file', inFolder('password')],
    ...['--iam-url', iam.url.href, '--iam-ca', inFolder('ca.pem')],
  ];

  async function run(
    argv: readonly string[],
    change: Partial<KeygenContext> = {},
  ): Promise<number> {
    stdout = '';
    stderr = '';
    const status = await runKeygen({
      argv,
      environment: {},
      stdout: (text) => (stdout += text),
      stderr: (text) => (stderr += text),
      stdin: new PassThrough(),
      signal: new AbortController().signal,
      uid: 1000,
      run: () => Promise.resolve(undefined),
      clock: systemClock,
      date: () => date,
      proxyFor: () => '',
      ...change,
    });
    assert.equal((stdout + stderr).includes(password), false);
    return status;
  }
  const keygen = (...argv: string[]) => run([...place(), ...login(), ...argv]);

  /** What the files hold, as OpenSSL reads it. */
  function identity() {
    const certificate = new X509Certificate(read('id/c.pem'));
    assert.ok(certificate.checkPrivateKey(createPrivateKey(read('id/k.pem'))));
    assert.ok(certificate.verify(certificate.publicKey));
    return { certificate, ...readCertificateFields(certificate.raw) };
  }

  it('makes a pair for an address that the service has registered', async () => {
    assert.equal(await keygen(address), 0, stderr);
    const { certificate, commonName, notBefore, notAfter } = identity();
    assert.equal(commonName, address);
    assert.deepEqual(notBefore, new Date('2026-11-30T11:00:00Z'));
    assert.deepEqual(notAfter, new Date('2027-11-30T12:00:00Z'));
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    assert.deepEqual([...iam.registry], [[spki, address]]);
    assert.deepEqual(files(), ['c.pem', 'k.pem']);
    assert.match(stderr, /Logging in\.\.\. Successful\.\nRequesting IP address\.\.\. Successful\./);
    assert.match(stdout, /c\.pem: certificate for fd00:8f80:1::77, valid until 2027-11-30\n/);
  });

  for (const umask of [0, 0o077]) {
    it(`sets the modes itself under a umask of ${umask.toString(8)}`, async () => {
      const before = process.umask(umask);
      try {
        assert.equal(await keygen(address), 0, stderr);
      } finally {
        process.umask(before);
      }
      assert.equal(modeOf('id/k.pem'), 0o600);
      assert.equal(modeOf('id/c.pem'), 0o644);
    });
  }

  it('takes a network, or that of the account, and prints JSON', async () => {
    for (const word of [network, 'auto']) {
      assert.equal(await keygen(word, '--json', '--replace', '--days', '30'), 0, stderr);
      const result = JSON.parse(stdout) as Record<string, string>;
      assert.equal(identity().commonName, result.address);
      assert.equal(result.notAfter, '2026-12-30T12:00:00.000Z');
      assert.equal(result.keyFile, inFolder('id/k.pem'));
      assert.equal([...iam.registry.values()].at(-1), result.address);
    }
  });

  it('accepts the letters of the tool that it replaces', async () => {
    assert.equal(await keygen('-a', address), 0, stderr);
    assert.equal(identity().commonName, address);
  });

  for (const [what, argv, status, message] of [
    ['a wrong address', ['2607::/65'], 2, /"2607::\/65" is not a \/64/],
    ['no address', [], 2, /name one IPv6 address, one network with \/64, or auto/],
    ['two addresses', [address, '-a', address], 2, /name one IPv6 address/],
    ['a password as an option', [address, '--password', 'x'], 2, /unknown option --password/],
    ['HTTP', [address, '--iam-url', 'http://iam'], 2, /HTTPS only/],
    ['a password in the URL', [address, '--iam-url', 'https://a:b@iam'], 2, /without a password/],
    ['too many days', [address, '--days', '3651'], 2, /1 to 3650, not "3651"/],
    ['an unknown owner', [address, '--owner', 'no-such'], 1, /no such user/],
    [
      'roots that are none',
      [address, '--iam-ca', '/etc/hostname'],
      78,
      /no certificate in this file/,
    ],
    ['renewal with a login', ['--renew'], 2, /--user does not go with --renew/],
  ] as const) {
    // errors.md: wrong-request
    it(`refuses ${what}, and changes nothing`, async () => {
      assert.equal(await keygen(...argv), status, stderr);
      assert.match(stderr, message);
      assert.deepEqual(files(), []);
      assert.deepEqual(iam.log.lines, []);
    });
  }

  it('leaves files alone at which another run works', async () => {
    const { promise, resolve } = withResolvers();
    const other = withFileLock(inFolder('id/k.pem'), () => promise);
    assert.equal(await keygen(address), 1);
    assert.match(stderr, /k\.pem: its lock has been taken for 0.5 s/);
    assert.equal(await run([...place(), '--renew']), 1);
    assert.match(stderr, /k\.pem: its lock has been taken for 0.5 s/);
    assert.deepEqual(iam.log.lines, []);
    resolve();
    await other;
    assert.equal(await keygen(address), 0, stderr);
  });

  it('reports a configuration that is missing before it asks for a terminal', async () => {
    rmSync(inFolder('enf0.conf'));
    assert.equal(await run(['-c', inFolder('enf0.conf'), address]), 78);
    assert.match(stderr, /enf0\.conf/);
    assert.doesNotMatch(stderr, /terminal/);
  });

  it('asks again for an e-mail address that is none, three times', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const [, , ...withoutUser] = login();
    const running = run([...place(), ...withoutUser, address], { stdin });
    for (const line of ['some one\n', `${user}\n`]) {
      const asked = stderr.length;
      stdin.write(line);
      while (stderr.length === asked) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await running, 0, stderr);
    assert.match(stderr, /not an e-mail address; try again/);
  });

  it('refuses roots of which one is damaged, and a certificate where the pending file goes', async () => {
    write(
      'ca.pem',
      `${read('ca.pem')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    );
    assert.equal(await keygen(address), 78);
    assert.match(stderr, /certificate 2 of 2 is damaged/);
    write('enf0.conf', 'identity = { cert_file = "id/k.pem.pending"; key_file = "id/k.pem"; };');
    assert.equal(await keygen(address), 78);
    assert.match(stderr, /identity\.cert_file: is the name under which an interrupted run/);
  });

  it('refuses a configuration without names, and a TPM that is not there, before it asks for anything', async () => {
    write('enf0.conf', 'identity = { cert_file = "c.pem"; };');
    assert.equal(await keygen(address), 78);
    assert.match(stderr, /identity\.key_file: is not set/);
    const tpm = 'tpm = { device = "/dev/no-tpm"; };';
    write('enf0.conf', `identity = { cert_file = "id/c.pem"; key_file = "id/k.pem"; ${tpm} };`);
    assert.equal(await keygen(address), 1);
    assert.match(stderr, /the TPM \/dev\/no-tpm cannot be used: .*identity\.tpm\.device names/);
    assert.deepEqual(iam.log.lines, []);
    write('enf0.conf', 'identity = { cert_file = "c"; key_file = "c"; };');
    assert.equal(await keygen(address), 78);
    assert.match(stderr, /is the same file/);
  });

  // errors.md: identity-there
  it('leaves an identity alone unless it is to be replaced, and names the ways on', async () => {
    assert.equal(await keygen(address), 0, stderr);
    const before = read('id/k.pem');
    assert.equal(await keygen(address), 1);
    assert.match(stderr, /hold the identity of fd00:8f80:1::77, valid until 2027-11-30/);
    assert.match(stderr, /use enftun renew, to replace it by a new one add --replace/);
    assert.equal(read('id/k.pem'), before);
    assert.equal(await keygen(address, '--replace'), 0, stderr);
    assert.notEqual(read('id/k.pem'), before);
    identity();
    assert.equal(iam.registry.size, 1);
  });

  it('keeps files that do not hold an identity', async () => {
    write('id/k.pem', 'my notes');
    assert.equal(await keygen(address), 1);
    assert.match(stderr, /k\.pem exists already .*--replace/);
    assert.equal(read('id/k.pem'), 'my notes');
  });

  it('finds out before the login that a file cannot be written', async () => {
    symlinkSync('/nowhere', inFolder('id/c.pem'));
    assert.equal(await keygen(address, '--replace'), 1);
    assert.match(stderr, /c\.pem: is a symbolic link, which is not replaced/);
    rmSync(inFolder('id'), { recursive: true });
    assert.equal(await keygen(address), 1);
    assert.match(stderr, /k\.pem: cannot be locked.*create its folder/);
    assert.deepEqual(iam.log.lines, []);
  });

  it('only checks and prints in a dry run', async () => {
    assert.equal(await keygen(address, '--dry-run'), 0);
    assert.match(
      stderr,
      /^ENFTUN KEYGEN\nLogin Email: +someone@example\.com\nIP Network: +fd00:8f80:1::77\n/,
    );
    assert.match(stderr, /Nothing was changed\.\n$/);
    assert.deepEqual(files(), []);
    assert.deepEqual(iam.log.lines, []);
  });

  describe('a run that is cut off', () => {
    /** As after a full disk: the pair has been registered and kept, and one file could not be written. */
    async function cutOff(): Promise<void> {
      assert.equal(await keygen(address), 0, stderr);
      write('id/k.pem.pending', read('id/k.pem') + read('id/c.pem'));
      rmSync(inFolder('id/c.pem'));
      writeFileSync(inFolder('id/k.pem'), selfSignClient(address).key);
      iam.log.lines.splice(0);
    }

    // errors.md: cut-off
    it('is finished by the same command, without a login', async () => {
      await cutOff();
      assert.equal(await keygen(address), 0, stderr);
      assert.match(stderr, /to finish an interrupted run/);
      assert.equal(identity().commonName, address);
      assert.deepEqual(files(), ['c.pem', 'k.pem']);
      assert.deepEqual(iam.log.lines, []);
      assert.equal(modeOf('id/k.pem'), 0o600);
    });

    it('is finished by a command for its network, and by no other', async () => {
      await cutOff();
      assert.equal(await keygen('fd00:8f80:1::78'), 1);
      assert.match(
        stderr,
        /left the identity of fd00:8f80:1::77 in .*pending; finish it with enftun keygen fd00/,
      );
      assert.equal(await run([...place(), '--renew']), 1);
      assert.match(stderr, /finish it with enftun keygen fd00:8f80:1::77/);
      assert.equal(await keygen(network), 0, stderr);
      assert.equal(identity().commonName, address);
    });

    it('does not replace another identity without --replace', async () => {
      await cutOff();
      const other = selfSignClient('fd00:8f80:1::99');
      write('id/k.pem', other.key);
      write('id/c.pem', other.cert);
      assert.equal(await keygen(address), 1);
      assert.match(
        stderr,
        /hold the identity of fd00:8f80:1::99; .*of fd00:8f80:1::77 .*--replace/,
      );
      assert.equal(read('id/k.pem'), other.key);
      assert.equal(await keygen(address, '--replace'), 0, stderr);
      assert.equal(identity().commonName, address);
    });

    it('is not finished from a file that no run has left', async () => {
      write('id/k.pem.pending', 'something');
      assert.equal(await keygen(address), 78);
      assert.match(stderr, /is not what an interrupted run leaves; move it away/);
    });
  });

  for (const [fault, left] of [
    [
      'truncated',
      /fd00:8f80:1::77 may be registered with a key that was not kept; run the command again/,
    ],
    ['endless', /may be registered with a key that was not kept/],
    ['html', /status 500\); .*may be registered with a key/],
    [
      '403',
      /check that someone@example\.com may assign fd00:8f80:1::77, and that it is in the account's network\n$/,
    ],
    ['login:401', /check the password of someone@example\.com, and the user itself\n$/],
    ['untrusted', /is not trusted/],
  ] as const) {
    // errors.md: lost-answer
    it(`keeps no file after ${fault}, and names what is left at the service`, async () => {
      iam.close();
      iam = await Iam.start(fault);
      assert.equal(await keygen(address), 1);
      assert.match(stderr, left);
      assert.deepEqual(files(), []);
    });
  }

  it('repairs a lost answer by a second run', async () => {
    iam.close();
    iam = await Iam.start('truncated');
    assert.equal(await keygen(address), 1);
    iam.close();
    iam = await Iam.start();
    assert.equal(await keygen(address), 0, stderr);
    identity();
  });

  describe('renewal', () => {
    const renewed = (...argv: string[]) => run([...place(), '--renew', ...argv]);

    it('makes a new certificate for the same key and address, without the service', async () => {
      assert.equal(await keygen(address, '--days', '20'), 0, stderr);
      const [before, key] = [identity(), read('id/k.pem')];
      iam.log.lines.splice(0);
      assert.equal(await renewed(), 0, stderr);
      const after = identity();
      assert.equal(read('id/k.pem'), key);
      assert.equal(after.commonName, address);
      assert.deepEqual(after.notAfter, new Date('2027-11-30T12:00:00Z'));
      assert.notEqual(after.certificate.serialNumber, before.certificate.serialNumber);
      assert.deepEqual(iam.log.lines, []);
      assert.equal(modeOf('id/c.pem'), 0o644);
    });

    it('waits until the end is near, if asked to', async () => {
      assert.equal(await keygen(address, '--days', '31'), 0, stderr);
      const before = read('id/c.pem');
      assert.equal(await renewed('--within', '30'), 0);
      assert.match(stderr, /valid until 2026-12-31; there is nothing to renew yet/);
      assert.equal(stdout, '');
      assert.equal(read('id/c.pem'), before);
      assert.equal(await renewed('--within', '30', '--json'), 0);
      assert.deepEqual(JSON.parse(stdout), {
        ...{ address, certFile: inFolder('id/c.pem'), keyFile: inFolder('id/k.pem') },
        ...{ notAfter: '2026-12-31T12:00:00.000Z', renewed: false },
      });
      assert.equal(await renewed('--within', '31'), 0);
      assert.notEqual(read('id/c.pem'), before);
    });

    it('refuses what it cannot make again', async () => {
      assert.equal(await renewed(), 1);
      assert.match(stderr, /c\.pem: cannot be read/);
      const issued = authority.issueClient(address);
      write('id/c.pem', issued.cert);
      write('id/k.pem', issued.key);
      assert.equal(await renewed(), 1);
      assert.match(stderr, /was issued by an authority; have that one issue/);
    });

    it('does not shorten what a certificate has left', async () => {
      assert.equal(await keygen(address), 0, stderr);
      const before = read('id/c.pem');
      assert.equal(await renewed('--days', '10'), 1);
      assert.match(stderr, /c\.pem: is valid until .*, longer than a new one would be; give more/);
      assert.equal(read('id/c.pem'), before);
    });

    it('doubts a clock that is behind the certificate', async () => {
      assert.equal(await keygen(address), 0, stderr);
      date = new Date('2001-01-01');
      assert.equal(await renewed(), 1);
      assert.match(stderr, /begins on 20.*, which is in the future; set the clock of this machine/);
    });
  });

  describe('the password', () => {
    // errors.md: password-exposed
    it('is not read from a file that others can read', async () => {
      chmodSync(inFolder('password'), 0o640);
      assert.equal(await keygen(address), 78);
      assert.match(stderr, /other users have access to this password \(mode 0640\).*chmod 600/);
      assert.deepEqual(iam.log.lines, []);
    });

    it('is read from a descriptor', async () => {
      const descriptor = openSync(inFolder('password'), 'r');
      const argv = [...place(), ...login().filter((word) => !/password/.test(word))];
      assert.equal(await run([...argv, '--password-fd', String(descriptor), address]), 0, stderr);
      assert.equal(await run([...argv, '--password-fd', '999', '--replace', address]), 1);
      assert.match(stderr, /--password-fd 999: cannot be read: bad file descriptor/);
    });

    it('is needed from somewhere', async () => {
      const argv = [...place(), ...login().filter((word) => !/password/.test(word))];
      assert.equal(await run([...argv, address]), 2);
      assert.match(
        stderr,
        /not a terminal; give the password with --password-fd N or --password-file/,
      );
      const unconfirmed = [...argv, address].filter((word) => word !== '--yes');
      assert.equal(await run(unconfirmed), 2);
      assert.match(stderr, /add --yes/);
    });
  });

  describe('at a terminal', () => {
    const argv = () => [
      ...['-c', inFolder('enf0.conf'), '-e', folder()],
      ...['--iam-url', iam.url.href, '--iam-ca', inFolder('ca.pem'), address],
    ];
    const prompts = ['Login Email: ', 'Enter y to continue, n to exit: ', 'Enter API Password: '];
    const answers = [`${user}\n`, 'y\n', `${password}\r`];

    /** Answers the first prompts, then does something else. */
    async function talk(
      answered: number,
      then: (input: FakeTerminal, stop: AbortController) => void,
    ) {
      const stdin = new FakeTerminal();
      const stop = new AbortController();
      let asked = 0;
      let shown = '';
      const show = (text: string): void => {
        stderr += text;
        shown += text;
        if (asked === prompts.length || !shown.endsWith(prompts[asked]!)) return;
        const prompt = asked++;
        setImmediate(() => {
          if (prompt < answered) stdin.write(answers[prompt]!);
          else then(stdin, stop);
        });
      };
      const status = await run(argv(), { stdin, stderr: show, signal: stop.signal });
      stderr = shown;
      assert.equal(stdin.isRaw, false);
      return status;
    }

    it('asks for the user, a confirmation and the password', async () => {
      assert.equal(await talk(3, () => undefined), 0, stderr);
      assert.equal(identity().commonName, address);
      assert.equal(stderr.includes(password), false);
    });

    for (const [prompt, name] of prompts.entries()) {
      it(`changes nothing after Ctrl-C at "${name}"`, async () => {
        // A terminal that is not raw makes a signal of it.
        const stop = (input: FakeTerminal, controller: AbortController): void => {
          if (input.isRaw) input.write('\x03');
          else controller.abort();
        };
        assert.equal(await talk(prompt, stop), 1, stderr);
        assert.match(stderr, /(nothing was changed|no password was given)\n$/);
        assert.deepEqual(files(), []);
        assert.deepEqual(iam.log.lines, []);
      });
    }

    it('changes nothing without a yes', async () => {
      assert.equal(await talk(1, (input) => input.write('n\n')), 1, stderr);
      assert.match(stderr, /not confirmed; nothing was changed\n$/);
      assert.equal(existsSync(inFolder('id/k.pem')), false);
    });
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
