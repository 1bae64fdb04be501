/**
 * `enftun keygen` as a person uses it: at a terminal, on a machine that has no identity yet, against the identity
 * service of the development ENF, and on to a tunnel with it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { writeCardConfig, startCard } from '../harness/card.ts';
import { makeCredentials, type Credentials } from '../harness/credentials.ts';
import { isListening } from '../harness/enf.ts';
import { labFolder, logFile, program } from '../harness/paths.ts';
import { run, type Program } from '../harness/process.ts';
import { interrupt, Terminal } from '../harness/terminal.ts';
import { Network, serviceAddress, tunName, tunnelPort } from '../harness/topology.ts';
import { otherConnection, uplinkConnection } from '../harness/uplink-connection.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';

const folder = `${labFolder}/keygen`;
const password = 'correct horse battery';
const user = 'someone@example.com';
const address = 'fd00:8f80:1::99';
const iamPort = 8443;
const statusSocket = `${labFolder}/keygen-status`;

describe('keygen', () => {
  let network: Network;
  let keys: Credentials;
  let configFile: string;
  const programs: Program[] = [];
  const terminals: Terminal[] = [];

  before(async () => {
    network = await Network.create();
    await network.openCardTun();
    keys = await makeCredentials(`${labFolder}/keygen-pki`);
    const pki = `${labFolder}/keygen-pki`;
    const server = ['--name', 'iam.example', '--san', '192.0.2.2', '--basename', 'iam'];
    await run([...program('enf-pki'), 'server', '--ca', pki, '--out', pki, ...server]);
    configFile = await writeCardConfig(keys, {
      link: 'tun',
      keys: {
        'identity.cert_file': `"${folder}/id/c.pem"`,
        'identity.key_file': `"${folder}/id/k.pem"`,
        'status.socket': `"${statusSocket}"`,
      },
    });
  });
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(`${folder}/id`, { recursive: true });
    writeFileSync(`${folder}/password`, `${password}\n`, { mode: 0o600 });
    copyFileSync(configFile, `${folder}/server.conf`);
  });
  afterEach(async () => {
    for (const terminal of terminals.splice(0)) terminal.kill();
    await Promise.all(programs.splice(0).map((one) => one.kill()));
  });
  after(() => network.remove());

  /** The ENF with its identity service. */
  async function startEnf(...faults: string[]): Promise<Program> {
    const pki = `${labFolder}/keygen-pki`;
    const enf = network.enf.start(
      'enf-server',
      [
        ...program('enf-server'),
        ...['--listen', `[::]:${tunnelPort}`, '--tun', tunName],
        ...['--cert', `${pki}/iam.crt.pem`, '--key', `${pki}/iam.key.pem`],
        ...['--iam', `192.0.2.2:${iamPort}`, '--iam-user', user],
        ...['--iam-password-file', `${folder}/password`],
        ...faults.flatMap((kind) => ['--iam-misbehave', kind]),
      ],
      { log: logFile('enf-server') },
    );
    programs.push(enf);
    await enf.until('enf-server listens', 60, () => isListening(network.enf, tunnelPort));
    return enf;
  }

  const place = [
    ...['-c', `${folder}/server.conf`, '-u', user, '--owner', 'nobody'],
    ...[
      '--iam-url',
      `https://192.0.2.2:${iamPort}`,
      '--iam-ca',
      `${labFolder}/keygen-pki/ca.crt.pem`,
    ],
  ];
  const keygen = (...argv: string[]) => [...program('enftun'), 'keygen', ...place, ...argv];

  function atTerminal(argv: readonly string[]): Terminal {
    // The shell stays after Ctrl-C, and shows what became of the terminal.
    const command = `trap : INT; ${argv.join(' ')}; echo "status $?"; stty -a`;
    const terminal = Terminal.start(command, network.card.inside([]));
    terminals.push(terminal);
    return terminal;
  }

  async function untilEnded(terminal: Terminal, status: number): Promise<void> {
    await terminal.untilShown(`status ${status}\r\n`);
    await terminal.ended();
    // Otherwise the next thing that the person types would not be seen.
    assert.match(terminal.shown, / icanon/);
    assert.match(terminal.shown, / echo /);
    assert.equal(terminal.shown.includes(password), false, terminal.shown);
  }

  const files = () => readdirSync(`${folder}/id`).sort();
  /** While a run waits, its lock is there (platform/file-lock.ts), and nothing else. */
  const filesOfRun = ['k.pem.lock'];

  it('leads from a terminal to a tunnel, and the next connection uses a renewed certificate', async () => {
    const enf = await startEnf();
    const terminal = atTerminal(keygen('--days', '40', address));
    await terminal.untilShown('Enter y to continue, n to exit: ');
    assert.deepEqual(files(), filesOfRun);
    terminal.type('y\n');
    await terminal.untilShown('Enter API Password: ');
    terminal.type(`${password}\r`);
    await untilEnded(terminal, 0);
    assert.deepEqual(files(), ['c.pem', 'k.pem']);
    assert.equal(statSync(`${folder}/id/k.pem`).mode & 0o777, 0o600);
    assert.equal(statSync(`${folder}/id/k.pem`).uid, Number(execFileSync('id', ['-u', 'nobody'])));

    const enftun = startCard(network.card, configFile);
    programs.push(enftun);
    const ping = ['ping', '-6', '-n', '-c', '1', '-W', '1', serviceAddress];
    const online = () =>
      network.card.run(ping, { mayFail: true }).then(({ status }) => status === 0);
    await enftun.until('a ping through the tunnel', 30, online);
    assert.match(enf.log(), /fd00:8f80:1::99 from .* tunnel open/);

    const end = (await status()).certificate?.ends ?? '';
    await network.card.run([...program('enftun'), 'renew', '-c', configFile, '--yes']);
    assert.equal((await status()).certificate?.ends, end);
    const before = await uplinkConnection(network.card);
    await network.card.ip([
      'addr add 192.0.2.9/24 dev wan',
      'route add 192.0.2.2/32 dev wan src 192.0.2.9',
    ]);
    await otherConnection(network.card, before);
    await enftun.until('a ping through the new connection', 30, online);
    const days =
      (Date.parse((await status()).certificate?.ends ?? '') - Date.parse(end)) / 86_400_000;
    assert.equal(Math.round(days), 365 - 40);

    const key = readFileSync(`${folder}/id/k.pem`, 'utf8').split('\n')[1]!;
    for (const text of [terminal.shown, enf.log(), enftun.log()]) {
      assert.equal(text.includes(password) || text.includes(key), false);
    }
  });

  async function status(): Promise<StatusDocument> {
    const argv = [...program('enftun'), 'status', '--json', '--socket', statusSocket];
    return JSON.parse((await network.card.run(argv)).stdout) as StatusDocument;
  }

  const prompts = ['Enter y to continue, n to exit: ', 'Enter API Password: '];
  for (const [index, prompt] of prompts.entries()) {
    it(`Ctrl-C at "${prompt}" leaves nothing behind, and a terminal that echoes`, async () => {
      const enf = await startEnf();
      const terminal = atTerminal(keygen(address));
      for (const [at, answer] of ['y\n', interrupt].slice(1 - index).entries()) {
        await terminal.untilShown(prompts[at]!);
        terminal.type(answer);
      }
      await untilEnded(terminal, 1);
      assert.match(terminal.shown, /nothing was changed|no password was given/);
      assert.deepEqual(files(), []);
      assert.doesNotMatch(enf.log(), /iam-request/);
    });
  }

  it('shows the password to no other program, and Ctrl-C while the ENF is silent names what is left there', async () => {
    const enf = await startEnf('silent');
    const terminal = atTerminal(keygen('--yes', address));
    await terminal.untilShown('Enter API Password: ');
    terminal.type(`${password}\r`);
    await enf.until('the registration', 20, () => enf.log().includes('iam-registered'));
    assert.deepEqual(findInProcesses(password), []);
    assert.deepEqual(files(), filesOfRun);
    terminal.type(interrupt);
    await untilEnded(terminal, 1);
    assert.match(
      terminal.shown,
      /interrupted\. fd00:8f80:1::99 may be registered with a key that was not kept/,
    );
    assert.deepEqual(findInFiles(folder, password), [`${folder}/password`]);
  });

  // errors.md: full-disk
  it('finds a full disk before it logs in, and leaves the identity that is there', async () => {
    const enf = await startEnf();
    await run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'full', `${folder}/id`]);
    try {
      const argv = keygen('--yes', '--replace', '--password-file', `${folder}/password`, address);
      await network.card.run(argv);
      const before = readFileSync(`${folder}/id/k.pem`, 'utf8');
      await run(['dd', 'if=/dev/zero', `of=${folder}/id/filler`], { mayFail: true });
      const requests = enf.log().split('iam-request').length;
      const { status: failed, stderr } = await network.card.run(argv, { mayFail: true });
      assert.equal(failed, 1);
      assert.match(stderr, /no space left on device; make room on its file system/);
      assert.equal(readFileSync(`${folder}/id/k.pem`, 'utf8'), before);
      assert.deepEqual(files(), ['c.pem', 'filler', 'k.pem']);
      assert.equal(enf.log().split('iam-request').length, requests);
    } finally {
      await run(['umount', `${folder}/id`]);
    }
  });

  it('explains a network that is down', async () => {
    await network.card.ip(['link set wan down']);
    try {
      const argv = keygen('--yes', '--password-file', `${folder}/password`, address);
      const { status: failed, stderr } = await network.card.run(argv, { mayFail: true });
      assert.equal(failed, 1);
      assert.match(
        stderr,
        /192\.0\.2\.2:8443: cannot be reached: .*; check the network and --iam-url/,
      );
    } finally {
      await network.card.ip(['link set wan up']);
    }
  });
});

/** Command lines and environments that contain the text. */
function findInProcesses(text: string): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) =>
    ['cmdline', 'environ'].filter((file) => readOrNothing(`/proc/${pid}/${file}`).includes(text)),
  );
}

function findInFiles(folderName: string, text: string): string[] {
  return readdirSync(folderName, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folderName, name))
    .filter((file) => statSync(file).isFile() && readOrNothing(file).includes(text));
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // The process has ended.
  }
}
