/**
 * A card that has only its TPM gets its identity by itself (XTT), from an empty folder to packets through the tunnel,
 * whatever the provisioning server does meanwhile.
 */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { startCard, writeCardConfig } from '../harness/card.ts';
import { prepareCard, startTpm, tcti, tpmSettings } from '../harness/card-tpm.ts';
import { makeCredentials, type Credentials } from '../harness/credentials.ts';
import { isListening } from '../harness/enf.ts';
import { labFolder, logFile, program } from '../harness/paths.ts';
import { run, type Program } from '../harness/process.ts';
import { Network, serviceAddress, tunName, tunnelPort } from '../harness/topology.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';

const folder = `${labFolder}/provisioning`;
const group = `${folder}/group`;
const pki = `${folder}/pki`;
const xttPort = 444;

describe('provisioning', () => {
  let network: Network;
  let keys: Credentials;
  let tpm: Program;
  const programs: Program[] = [];

  before(async () => {
    rmSync(folder, { recursive: true, force: true });
    network = await Network.create();
    await network.openCardTun();
    keys = await makeCredentials(pki);
    await run([...program('enf-pki'), 'group', '--out', group]);
    tpm = await startTpm(network.card);
    await prepareCard(network.card, group, keys.caCert);
  });
  beforeEach(() => {
    for (const name of ['enf0', 'enf1']) {
      rmSync(`${folder}/${name}`, { recursive: true, force: true });
      mkdirSync(`${folder}/${name}`, { recursive: true });
    }
  });
  afterEach(() => Promise.all(programs.splice(0).map((one) => one.kill())));
  after(async () => {
    await tpm.kill();
    await network.remove();
  });

  /** The ENF, whose tunnels admit provisioned clients only. */
  async function startEnf(...faults: string[]): Promise<Program> {
    const enf = network.enf.start(
      'enf-server',
      [
        ...program('enf-server'),
        ...['--listen', `[::]:${tunnelPort}`, '--tun', tunName],
        ...['--cert', keys.serverCert, '--key', keys.serverKey],
        ...['--xtt', `[::]:${xttPort}`, '--xtt-group', group, '--xtt-basename', 'data'],
        ...faults.flatMap((kind) => ['--xtt-misbehave', kind]),
      ],
      { log: logFile('enf-server') },
    );
    programs.push(enf);
    await enf.until('the provisioning server listens', 60, () => isListening(network.enf, xttPort));
    return enf;
  }

  /** A service with an empty folder for its identity. */
  async function startService(name: 'enf0' | 'enf1', xtt = '', tpm = ''): Promise<Program> {
    const file = await writeCardConfig(keys, {
      link: 'tun',
      keys: {
        'tun.dev': `"${name === 'enf0' ? tunName : name}"`,
        'remote.ca_cert_file': `"${folder}/${name}/roots.pem"`,
        'identity.cert_file': `"${folder}/${name}/c.pem"`,
        'identity.key_file': `"${folder}/${name}/k.pem"`,
        'identity.ip_file': `"${folder}/${name}/address"`,
        'identity.xtt': `{ remote_port = "${xttPort}"; ${tpmSettings} ${xtt} }`,
        ...(tpm === '' ? {} : { [tpm]: `{ ${tpmSettings} }` }),
        'status.socket': `"${folder}/${name}/status"`,
      },
    });
    const own = `${folder}/${name}/${name}.conf`;
    writeFileSync(own, readFileSync(file));
    const service = startCard(network.card, own);
    programs.push(service);
    return service;
  }

  async function status(name = 'enf0'): Promise<StatusDocument | undefined> {
    const argv = [...program('enftun'), 'status', '--json', '--socket', `${folder}/${name}/status`];
    const { stdout } = await network.card.run(argv, { mayFail: true });
    return stdout === '' ? undefined : (JSON.parse(stdout) as StatusDocument);
  }

  const isOnline = async (): Promise<boolean> => {
    const ping = ['ping', '-6', '-n', '-c', '1', '-W', '1', serviceAddress];
    return (await network.card.run(ping, { mayFail: true })).status === 0;
  };

  it('leads from an empty folder to an echo through the tunnel', async () => {
    // A longer file, in whose place the shorter one of the TPM comes as a whole.
    const roots = readFileSync(keys.caCert, 'utf8');
    writeFileSync(`${folder}/enf0/roots.pem`, `${'x'.repeat(5000)}\n`);
    const enf = await startEnf();
    const service = await startService('enf0');
    await service.until('a ping through the tunnel', 60, isOnline);
    assert.match(service.log(), /this device has a new identity: fd00:8f80:1:.* \[provisioned\]/);
    assert.match(enf.log(), /has a key for fd00:8f80:1:/);
    assert.equal(readFileSync(`${folder}/enf0/roots.pem`, 'utf8'), roots);
    assert.equal(statSync(`${folder}/enf0/k.pem`).mode & 0o777, 0o600);
    const files = ['address', 'c.pem', 'dhcp6.duid', 'enf0.conf', 'k.pem', 'roots.pem', 'status'];
    assert.deepEqual(readdirSync(`${folder}/enf0`), files);
    assert.equal((await status())?.provisioning, null);
    // The next start needs no server.
    await service.stop();
    const again = startCard(network.card, `${folder}/enf0/enf0.conf`);
    programs.push(again);
    await again.until('a ping through the tunnel', 60, isOnline);
    assert.doesNotMatch(again.log(), /\[provisioning\]/);
  });

  it('asks again after garbage, a lost connection and a refusal', async () => {
    await startEnf('garbage=1', 'close-late=1', 'refuse=1');
    const service = await startService('enf0');
    await service.until('a ping through the tunnel', 60, isOnline);
    const reasons = [...service.log().matchAll(/\[provisioning-failed\.([a-z-]+)\]/g)];
    assert.deepEqual(
      reasons.map(([, reason]) => reason),
      ['unreachable', 'server', 'refused'],
    );
  });

  it('shows how far it is with a server that stalls, and still ends at once', async () => {
    await startEnf('stall');
    const service = await startService('enf0');
    const shown = await service.until('the search for a server', 30, async () => {
      const now = await status();
      return now?.provisioning?.step === 'server' && now;
    });
    assert.equal(shown.state, 'no-identity');
    assert.ok((await service.stop()) < 5000);
    assert.deepEqual(readdirSync(`${folder}/enf0`).includes('c.pem'), false);
  });

  it('gets another identity in the place of one that the tunnel refuses', async () => {
    const enf = await startEnf('unregistered=1');
    const service = await startService('enf0');
    await service.until('a ping through the tunnel', 60, isOnline);
    assert.match(service.log(), /new identity: the ENF refuses the one of this device/);
    assert.match(enf.log(), /neither registered nor signed/);
  });

  it('makes the key in the TPM where identity.tpm says so', async () => {
    await startEnf();
    const service = await startService('enf0', '', 'identity.tpm');
    // What follows with such a key is in tpm-key.test.ts.
    await service.until('an identity', 30, () => existsSync(`${folder}/enf0/c.pem`));
    assert.match(readFileSync(`${folder}/enf0/k.pem`, 'utf8'), /^-----BEGIN TSS2 PRIVATE KEY-----/);
  });

  // errors.md: two-tunnels
  it('serves two tunnels of one card that start at the same time', async () => {
    await startEnf();
    const both = [
      await startService('enf0'),
      await startService('enf1', 'basename = "data";'),
    ] as const;
    for (const [index, service] of both.entries()) {
      await service.until(
        'a tunnel',
        60,
        async () => (await status(`enf${index}`))?.state === 'up',
      );
    }
    const addresses = ['enf0', 'enf1'].map((name) =>
      readFileSync(`${folder}/${name}/address`, 'utf8'),
    );
    assert.notEqual(addresses[0], addresses[1]);
  });

  // errors.md: locked-out
  it('names a TPM that is locked out, and goes on when it is not any more', async () => {
    await startEnf();
    await prepareCard(network.card, group, keys.caCert, '--lockable');
    const tools = (command: string) =>
      network.card.run(['sh', '-ec', `cd ${folder}; export TPM2TOOLS_TCTI=${tcti}; ${command}`]);
    await tools('tpm2_dictionarylockout -s -n 1 -t 1000 -l 1000');
    // One wrong authorization is enough then.
    await tools('tpm2_createprimary -Q -p right -c key; ! tpm2_create -Q -C key -P wrong');
    const service = await startService('enf0');
    await service.until('the lockout in the status', 30, async () => {
      const problem = (await status())?.provisioning?.problem ?? '';
      return /locked out.*tpm2_dictionarylockout -c/.test(problem);
    });
    await tools('tpm2_dictionarylockout -c');
    await service.until('a ping through the tunnel', 60, isOnline);
  });
});
