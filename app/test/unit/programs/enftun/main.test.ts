import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, EnvironmentError, InternalError } from '../../../../src/core/errors.ts';
import { main, type ProgramContext } from '../../../../src/programs/enftun/main.ts';
import { version } from '../../../../src/platform/version.ts';
import { LineLogger, type LogLevel } from '../../../../src/platform/log.ts';
import { createAuthority } from '../../../../src/dev/pki/authority.ts';
import { opensslCredential } from '../../identity/openssl-credential.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';

const authority = createAuthority();
const runnable = 'identity = { cert_file = "c" key_file = "k" }\n';

describe('enftun', () => {
  const folder = scratchFolder();
  let file: string;
  let output: { stdout: string; stderr: string; log: string; level: LogLevel | undefined };
  beforeEach(() => {
    file = path.join(folder(), 'enf0.conf');
    output = { stdout: '', stderr: '', log: '', level: undefined };
  });

  function enftun(argv: readonly string[], rest: Partial<ProgramContext> = {}): Promise<number> {
    return main({
      argv,
      environment: {},
      stdout: (text) => (output.stdout += text),
      stderr: (text) => (output.stderr += text),
      openLog: (level) => {
        output.level = level;
        return new LineLogger({
          level,
          style: 'journal',
          write: (line) => (output.log += line),
          now: () => 0,
          schedule: () => undefined,
        });
      },
      date: () => new Date('2026-11-23'),
      signal: new AbortController().signal,
      run: () => assert.fail('must not run'),
      page: () => assert.fail('must not serve'),
      report: () => assert.fail('must not report'),
      wifi: () => assert.fail('must not touch the WiFi'),
      keygen: () => assert.fail('must not make keys'),
      ...rest,
    });
  }

  it('-h explains every option, signal and exit status on stdout', async () => {
    assert.equal(await enftun(['-h']), 0);
    for (const word of [
      '-c',
      '-p',
      '-h',
      '-v',
      '--log-level',
      'check',
      '--strict',
      'keys',
      'status',
      'report',
    ]) {
      assert.ok(output.stdout.includes(word), word);
    }
    for (const word of ['78', 'SIGTERM', 'ENFTUN_LOG', 'Example']) {
      assert.ok(output.stdout.includes(word), word);
    }
    for (const line of output.stdout.split('\n')) assert.ok(line.length <= 84, line);
    assert.equal(output.stderr, '');
  });

  it('-v prints the version of the package', async () => {
    const manifest: unknown = JSON.parse(
      readFileSync(path.resolve(import.meta.dirname, '../../../../package.json'), 'utf8'),
    );
    assert.equal((manifest as { version: string }).version, version);
    assert.equal(await enftun(['-v']), 0);
    assert.equal(output.stdout, `${version}\n`);
  });

  // errors.md: exit-2
  it('reports a mistake on the command line on stderr, status 2', async () => {
    assert.equal(await enftun(['-x']), 2);
    assert.equal(output.stderr, 'enftun: unknown option -x\nTry "enftun --help".\n');
    assert.equal(output.stdout, '');
  });

  it('keys explains every key', async () => {
    assert.equal(await enftun(['keys']), 0);
    assert.match(output.stdout, /^remote\.heartbeat_period: an integer of ms; default: 300000$/m);
    assert.match(output.stdout, /^identity\.xtt: a group in braces; default: absent$/m);
  });

  describe('-p', () => {
    it('prints the value and nothing else, also with warnings and without credentials', async () => {
      writeFileSync(file, 'tun = { dev = "enf3" } bad = 1');
      assert.equal(await enftun(['-c', file, '-p', 'tun.dev']), 0);
      assert.deepEqual([output.stdout, output.stderr], ['enf3\n', '']);
    });

    // errors.md: exit-1
    it('reports an unknown key on stderr, status 1', async () => {
      writeFileSync(file, '');
      assert.equal(await enftun(['-c', file, '-p', 'UNKNOWN']), 1);
      assert.deepEqual([output.stdout, output.stderr], ['', 'UNKNOWN not found\n']);
    });

    it('reports a mistake in the file on stderr, status 78', async () => {
      writeFileSync(file, 'tun = {');
      assert.equal(await enftun(['-c', file, '-p', 'tun.dev']), 78);
      assert.equal(
        output.stderr,
        `enftun: ${file}:1: syntax error; expected a name or }, found the end of the file\n`,
      );
    });
  });

  describe('check', () => {
    const credential = authority.issueClient('fd00:8f80:1::1234', {
      validity: { notBefore: new Date('2026-01-01'), notAfter: new Date('2027-01-01') },
    });
    let usable: string;
    beforeEach(() => {
      const files = { 'ca.pem': authority.cert, 'c.pem': credential.cert, 'k.pem': credential.key };
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(path.join(folder(), name), text, { mode: 0o600 });
      }
      usable = configFor('k.pem');
    });

    function configFor(keyFile: string): string {
      const at = (name: string): string => JSON.stringify(path.join(folder(), name));
      return (
        `remote = { ca_cert_file = ${at('ca.pem')} }\n` +
        `identity = { cert_file = ${at('c.pem')} key_file = ${at(keyFile)} }\n`
      );
    }

    it('is content with a good file', async () => {
      writeFileSync(file, usable);
      assert.equal(await enftun(['check', '--strict', '-c', file]), 0);
      assert.deepEqual([output.stdout, output.stderr], [`${file}: good\n`, '']);
    });

    it('reports warnings, which are errors under --strict', async () => {
      writeFileSync(file, `${usable}bad = 1`);
      assert.equal(await enftun(['check', '-c', file]), 0);
      assert.equal(output.stderr, `warning: ${file}:3: bad: unknown key, ignored\n`);
      assert.equal(output.stdout, `${file}: usable, with warnings\n`);
      output.stdout = '';
      assert.equal(await enftun(['check', '--strict', '-c', file]), 78);
      assert.match(output.stderr, /^error: .*:3: bad: unknown key, ignored$/m);
      assert.equal(output.stdout, '');
    });

    it('misses the credentials', async () => {
      writeFileSync(file, 'identity = { cert_file = "c" }');
      assert.equal(await enftun(['check', '-c', file]), 78);
      assert.equal(
        output.stderr,
        `enftun: ${file}: identity.key_file: is not set; expected the path of a file\n`,
      );
    });

    it('reports a misspelt credential before the one that is missing', async () => {
      writeFileSync(file, 'identity = { cert_file = "c" key_fle = "k" }');
      assert.equal(await enftun(['check', '-c', file]), 78);
      assert.match(output.stderr, /^warning: .*key_fle.*did you mean.*\n.*key_file: is not set/);
    });

    const faults: [name: string, config: () => string, date: string, problem: RegExp][] = [
      [
        'a key that is not there',
        () => configFor('none.pem'),
        '2026-06-01',
        /none\.pem: cannot be read: no such file/,
      ],
      [
        'a key of another certificate',
        () => {
          const other = path.join(folder(), 'other.pem');
          writeFileSync(other, authority.issueClient('fd00:8f80:1::5').key, { mode: 0o600 });
          return configFor('other.pem');
        },
        '2026-06-01',
        /other\.pem: is not the key of the certificate/,
      ],
      ['a certificate that ends soon', () => usable, '2026-12-20', /expires on 2027-01-01/],
      ['a certificate that has ended', () => usable, '2027-06-01', /expired on 2027-01-01/],
      [
        'a transport that cannot be used here',
        () =>
          usable.replace('remote = {', 'remote = { psock_socket = "/none" transports = "psock"'),
        '2026-06-01',
        /remote\.transports: psock: there is no \/none; is psockd running\?/,
      ],
      [
        'a root that has ended',
        () => {
          const validity = { notAfter: new Date('2026-05-31') };
          const root = createAuthority({ name: 'old root', validity });
          writeFileSync(path.join(folder(), 'ca.pem'), root.cert + authority.cert);
          return usable;
        },
        '2026-06-01',
        /ca\.pem: the root certificate "old root" expired on 2026-05-31; put the network's/,
      ],
      [
        'a root of tomorrow',
        () => {
          const validity = { notBefore: new Date('2026-06-02') };
          const root = createAuthority({ name: 'next root', validity });
          writeFileSync(path.join(folder(), 'ca.pem'), root.cert);
          return usable;
        },
        '2026-06-01',
        /ca\.pem: a root certificate begins on 2026-06-02; is this machine's clock right\?/,
      ],
      [
        'a certificate that the TLS library refuses',
        () => {
          const { cert, key } = opensslCredential({ key: 'RSA:512' });
          writeFileSync(path.join(folder(), 'c.pem'), cert);
          writeFileSync(path.join(folder(), 'k.pem'), key);
          return usable;
        },
        '2026-06-01',
        /c\.pem: cannot be used: its key is too short/,
      ],
      [
        'a key that no server takes',
        () => {
          const { cert, key } = opensslCredential({ key: 'EC:brainpoolP256r1' });
          writeFileSync(path.join(folder(), 'c.pem'), cert);
          writeFileSync(path.join(folder(), 'k.pem'), key);
          return usable;
        },
        '2026-06-01',
        /k\.pem: is a brainpoolP256r1 key, which no TLS 1\.3 server accepts/,
      ],
      ['a certificate of tomorrow', () => usable, '2025-12-31', /begins on 2026-01-01.*clock/],
    ];
    for (const [name, config, date, problem] of faults) {
      it(`names ${name}: a warning, an error under --strict`, async () => {
        writeFileSync(file, config());
        const rest = { date: () => new Date(date) };
        assert.equal(await enftun(['check', '-c', file], rest), 0);
        assert.match(output.stderr, problem);
        assert.match(output.stderr, /^warning: [^\n]*\n$/);
        assert.equal(await enftun(['check', '--strict', '-c', file], rest), 78);
      });
    }
  });

  describe('status', () => {
    it('says that no service runs, status 1', async () => {
      const socket = path.join(folder(), 'status');
      assert.equal(await enftun(['status', '--socket', socket]), 1);
      assert.match(output.stderr, /^enftun: .*status: no answer; .*is not running\n$/);
      assert.equal(output.stdout, '');
    });

    it('needs a configuration that can be read, when one is to name the socket', async () => {
      assert.equal(await enftun(['status', '-c', file]), 78);
      assert.match(output.stderr, /cannot be read/);
    });
  });

  it('page hands over its socket, the environment and the log', async () => {
    const status = await enftun(['page', '--socket', '/run/s', '--listen', '[fe80::1%p0]:80'], {
      environment: { LISTEN_FDS: '1' },
      page: ({ socket, listen, environment, log }) => {
        log.info('page-serving', 'page');
        assert.deepEqual(
          [socket, listen, environment],
          ['/run/s', { host: 'fe80::1%p0', port: 80 }, { LISTEN_FDS: '1' }],
        );
        return Promise.resolve(5);
      },
    });
    assert.deepEqual([status, output.log], [5, '<6>page [page-serving]\n']);
  });

  it('page that cannot listen ends with 1 and one line', async () => {
    const page = () =>
      Promise.reject(new EnvironmentError('no socket', { errno: 'EBADF', syscall: 'listen' }));
    assert.equal(await enftun(['page', '--socket', '/run/s'], { page }), 1);
    assert.equal(output.log, '<3>no socket [start-failed]\n');
  });

  describe('a run', () => {
    // errors.md: exit-0
    it('hands configuration, warnings, log and signal over and ends with the status', async () => {
      writeFileSync(file, `${runnable}tun = { dev = "enf3" }\nbad = 1`);
      const stop = new AbortController();
      const status = await enftun(['-c', file], {
        signal: stop.signal,
        run: ({ loaded, load, log, signal }) => {
          const { config, warnings } = loaded;
          assert.deepEqual(load(), loaded);
          assert.equal(config.tun.dev, 'enf3');
          assert.deepEqual(
            warnings.map(({ key, line }) => [key, line]),
            [['bad', 3]],
          );
          assert.equal(signal, stop.signal);
          log.info('serving-host', 'running');
          return Promise.resolve(7);
        },
      });
      assert.equal(status, 7);
      assert.deepEqual([output.log, output.level], ['<6>running [serving-host]\n', 'info']);
    });

    const levels: [argv: string[], variable: string, expected: LogLevel, log: string][] = [
      [[], 'debug', 'debug', ''],
      [['--log-level', 'error'], 'debug', 'error', ''],
      [[], '', 'info', ''],
      [
        [],
        'loud',
        'info',
        '<4>ENFTUN_LOG=loud is not a log level; using info [log-level-unknown]\n',
      ],
    ];
    for (const [argv, variable, expected, log] of levels) {
      it(`logs at ${expected} with ${argv.join(' ') || 'no option'} and ENFTUN_LOG=${variable}`, async () => {
        writeFileSync(file, runnable);
        const run = () => Promise.resolve(0);
        await enftun(['-c', file, ...argv], { run, environment: { ENFTUN_LOG: variable } });
        assert.deepEqual([output.level, output.log], [expected, log]);
      });
    }

    // errors.md: config-unusable
    // errors.md: exit-78
    it('ends with 78 and one line for a file that cannot be used', async () => {
      assert.equal(await enftun(['-c', file]), 78);
      assert.equal(
        output.log,
        `<3>${file}: cannot be read: no such file or directory [config-unusable]\n`,
      );
    });

    it('reports the misspelt key before the one that is missing', async () => {
      writeFileSync(file, 'identity = { cert_fle = "c" key_file = "k" }');
      assert.equal(await enftun(['-c', file]), 78);
      assert.equal(
        output.log,
        `<4>${file}:1: identity.cert_fle: unknown key, ignored; did you mean identity.cert_file? [config-warning]\n` +
          `<3>${file}: identity.cert_file: is not set; expected the path of a file [config-unusable]\n`,
      );
    });

    const failures: [error: Error, status: number, log: string][] = [
      [
        new EnvironmentError('usb0: gone', { errno: 'ENODEV', syscall: 'bind' }),
        1,
        '<3>usb0: gone [start-failed]\n',
      ],
      [
        new ConfigError('no', { file: 'a.conf', line: 3 }),
        78,
        '<3>a.conf:3: no [config-unusable]\n',
      ],
    ];
    for (const [error, status, log] of failures) {
      it(`ends with ${status} and one line after ${error.name}`, async () => {
        writeFileSync(file, runnable);
        assert.equal(await enftun(['-c', file], { run: () => Promise.reject(error) }), status);
        assert.equal(output.log, log);
      });
    }

    // errors.md: internal
    it('lets a bug through', async () => {
      writeFileSync(file, runnable);
      const run = () => Promise.reject(new InternalError('bug'));
      await assert.rejects(enftun(['-c', file], { run }), InternalError);
    });
  });
});
