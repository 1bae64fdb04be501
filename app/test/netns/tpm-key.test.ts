/**
 * A tunnel whose key is in a TPM: made there by `enftun keygen --tpm`, used by the Node.js and the provider that a card
 * has, with a simulator for the TPM.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ByteReader, encodeKeyFile, readPublicArea } from 'tss2-node';
import { commonName, generateKey, signCertificate } from '../../src/identity/certificate-writer.ts';
import { decodeTpmKeyFile } from '../../src/identity/tpm/tpm-key-file.ts';
import { writeCardConfig } from '../harness/card.ts';
import { makeCredentials, type Credentials } from '../harness/credentials.ts';
import { isListening } from '../harness/enf.ts';
import { labFolder, logFile, program, script } from '../harness/paths.ts';
import type { Handshakes } from '../harness/tpm-handshakes.ts';
import { run, type Output, type Program } from '../harness/process.ts';
import { Network, serviceAddress, tunName, tunnelPort } from '../harness/topology.ts';
import { otherConnection, uplinkConnection } from '../harness/uplink-connection.ts';

/** Made by setup/debian-node.sh. */
const debianNode = path.resolve(import.meta.dirname, '../../../build/debian-node/bin/node');
const folder = `${labFolder}/tpm-key`;
const pki = `${folder}/pki`;
const tpmPort = 2321;
const tcti = `swtpm:host=127.0.0.1,port=${tpmPort}`;
const iam = '192.0.2.2:8443';
const address = 'fd00:8f80:1::99';
const handshakes = Number(process.env.TPM_HANDSHAKES || 20);

describe('a key in a TPM', () => {
  let network: Network;
  let keys: Credentials;
  let configFile: string;
  let tpm: Program | undefined;
  let enf: Program;
  const programs: Program[] = [];

  const enftun = (...argv: string[]): string[] => [
    debianNode,
    ...program('enftun').slice(1),
    ...argv,
  ];
  const card = (argv: readonly string[], mayFail = false): Promise<Output> =>
    network.card.run(argv, { mayFail });

  /** `state`: a folder, which is one TPM. */
  async function startTpm(state: string): Promise<void> {
    await tpm?.kill();
    mkdirSync(`${folder}/${state}`, { recursive: true });
    const at = (port: number): string => `type=tcp,port=${port},bindaddr=127.0.0.1`;
    const started = network.card.start(
      'swtpm',
      [
        ...['swtpm', 'socket', '--tpm2', '--tpmstate', `dir=${folder}/${state}`],
        ...['--server', at(tpmPort), '--ctrl', at(tpmPort + 1)],
        ...['--flags', 'not-need-init,startup-clear'],
      ],
      { log: logFile('swtpm') },
    );
    tpm = started;
    await started.until('swtpm listens', 20, () => isListening(network.card, tpmPort));
  }

  async function writeConfig(tpmGroup = ''): Promise<void> {
    const socket = `tcti = "socket"; socket_host = "127.0.0.1"; socket_port = "${tpmPort}";`;
    configFile = await writeCardConfig(keys, {
      link: 'tun',
      keys: {
        'identity.cert_file': `"${folder}/c.pem"`,
        'identity.key_file': `"${folder}/k.pem"`,
        'identity.tpm': `{ ${socket} ${tpmGroup} }`,
      },
    });
  }

  before(async () => {
    network = await Network.create();
    await network.openCardTun();
    mkdirSync(folder, { recursive: true });
    keys = await makeCredentials(pki);
    const server = ['--name', 'iam.example', '--san', '192.0.2.2', '--basename', 'iam'];
    await run([...program('enf-pki'), 'server', '--ca', pki, '--out', pki, ...server]);
    writeFileSync(`${folder}/password`, 'correct horse\n', { mode: 0o600 });
    enf = network.enf.start(
      'enf-server',
      [
        ...program('enf-server'),
        ...['--listen', `[::]:${tunnelPort}`, '--tun', tunName],
        ...['--cert', `${pki}/iam.crt.pem`, '--key', `${pki}/iam.key.pem`],
        ...['--iam', iam, '--iam-user', 'user@example.com'],
        ...['--iam-password-file', `${folder}/password`],
      ],
      { log: logFile('enf-server') },
    );
    programs.push(enf);
    await enf.until('enf-server listens', 60, () => isListening(network.enf, tunnelPort));
    await writeConfig();
  });
  beforeEach(() => startTpm('first'));
  after(async () => {
    if (tpm !== undefined) programs.push(tpm);
    await Promise.all(programs.map((one) => one.kill()));
    await network.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is made there, proves each connection, and is reached again after the TPM has restarted', async () => {
    const place = ['-c', configFile, '--owner', 'root', '--yes', '-u', 'user@example.com'];
    const iamService = ['--iam-url', `https://${iam}`, '--iam-ca', `${pki}/ca.crt.pem`];
    const secret = ['--password-file', `${folder}/password`];
    const made = await card(enftun('keygen', ...place, ...iamService, ...secret, '--tpm', address));
    assert.match(made.stderr, /Key made in: +the TPM at swtpm:/);
    assert.match(readFileSync(`${folder}/k.pem`, 'utf8'), /^-----BEGIN TSS2 PRIVATE KEY-----/);
    const checked = await card(enftun('check', '-c', configFile), true);
    assert.doesNotMatch(checked.stderr, /TPM|k\.pem|c\.pem/);

    const service = network.card.start('enftun', enftun('-c', configFile), {
      log: logFile('enftun'),
    });
    programs.push(service);
    const ping = ['ping', '-6', '-n', '-c', '1', '-W', '1', serviceAddress];
    const online = (): Promise<boolean> => card(ping, true).then(({ status }) => status === 0);
    await service.until('a ping through the tunnel', 30, online);
    assert.match(enf.log(), /fd00:8f80:1::99 from .* tunnel open/);

    await network.card.ip(['addr add 192.0.2.9/24 dev wan', 'addr add 192.0.2.10/24 dev wan']);
    let now = await uplinkConnection(network.card);
    const reconnect = async (source: string): Promise<void> => {
      await network.card.ip([`route replace 192.0.2.2/32 dev wan src ${source}`]);
      now = await otherConnection(network.card, now, 60);
    };
    await reconnect('192.0.2.9');
    await service.until('a ping through another connection', 30, online);
    await card([...enftun('renew', '-c', configFile, '--owner', 'root', '--yes')]);

    await startTpm('first');
    await reconnect('192.0.2.10');
    await service.until('a ping after the restart of the TPM', 60, online);
    assert.equal((await objects()).length, 1);
    assert.doesNotMatch(service.log(), /ERROR:|WARNING:|correct horse/);
    await service.kill();
  });

  it('signs once for each handshake, with one object in the TPM for all of them', async () => {
    const [, ...measurement] = script('test/harness/tpm-handshakes.ts');
    const target = [configFile, '192.0.2.2', String(tunnelPort), String(handshakes)];
    const { stdout } = await card([debianNode, ...measurement, ...target]);
    const result = JSON.parse(stdout) as Handshakes;
    assert.equal(result.count, handshakes);
    console.log(`      ${JSON.stringify(result)}`);
    assert.deepEqual(await objects(), []);
  });

  it('stays usable when its TPM loses its power time and again', async () => {
    for (let i = 0; i < 4; i++) {
      await startTpm('first');
      const { stderr } = await card(enftun('check', '-c', configFile), true);
      assert.doesNotMatch(stderr, /TPM|k\.pem/);
    }
  });

  /** Transient objects in the TPM. */
  async function objects(): Promise<string[]> {
    const { stdout } = await card(['tpm2_getcap', '--tcti', tcti, 'handles-transient']);
    return stdout.split('\n').filter((line) => line !== '');
  }

  describe('that cannot be used is explained by "enftun check"', () => {
    const explained = async (message: RegExp, environment: string[] = []): Promise<void> => {
      const argv = ['env', ...environment, ...enftun('check', '-c', configFile)];
      const { stderr } = await card(argv, true);
      assert.match(stderr, message);
    };
    beforeEach(() => writeConfig());

    it('a provider that is missing', async () => {
      const [node, ...rest] = enftun('check', '-c', configFile);
      const moved = readFileSync(node!, 'utf8').replace(
        /OPENSSL_MODULES="[^"]*"/,
        'OPENSSL_MODULES=/nowhere',
      );
      writeFileSync(
        `${folder}/node`,
        moved.replace(/root=.*/, `root='${path.resolve(node!, '../../root')}'`),
        { mode: 0o755 },
      );
      const { stderr } = await card([`${folder}/node`, ...rest], true);
      assert.match(stderr, /does not find the provider tpm2.*install tpm2-openssl/);
    });

    it('a TPM that is absent, or another one', async () => {
      await tpm?.kill();
      await explained(/no TPM simulator answers at swtpm:/);
      await startTpm('second');
      await explained(/k\.pem: belongs to another TPM, or is damaged \(TPM_RC_INTEGRITY\)/);
    });

    it('a TPM without a free place', async () => {
      for (let i = 0; i < 3; i++) {
        const primary = ['tpm2_createprimary', '--tcti', tcti, '-Q', '-C', 'o'];
        await card([...primary, '-c', `${folder}/object`]);
      }
      await explained(/has no room for another object \(TPM_RC_OBJECT_MEMORY\)/);
      await card(['tpm2_flushcontext', '--tcti', tcti, '-t']);
      await startTpm('first');
    });

    it('a parent that is missing, a password that is wrong, and the lockout', async () => {
      await startTpm('third');
      const tool = (name: string, ...argv: string[]): Promise<Output> =>
        card([`tpm2_${name}`, '--tcti', tcti, '-Q', ...argv]);
      const [parent, key] = [`${folder}/parent`, `${folder}/key`];
      await tool('createprimary', '-C', 'o', '-G', 'ecc256:aes128cfb', '-c', parent);
      await tool('evictcontrol', '-C', 'o', '-c', parent, '0x81000001');
      await tool('flushcontext', '-t');
      const wanted = ['-G', 'ecc256', '-u', `${key}.pub`, '-r', `${key}.priv`, '-p', 'sesame'];
      const attributes = 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign';
      await tool('create', '-C', '0x81000001', ...wanted, '-a', attributes);
      await tool('flushcontext', '-t');
      const { certificate, keyFile } = filesOf(key);
      writeFileSync(`${folder}/k.pem`, keyFile);
      writeFileSync(`${folder}/c.pem`, certificate);
      await writeConfig('password = "sesame";');
      const { stderr } = await card(enftun('check', '-c', configFile), true);
      assert.doesNotMatch(stderr, /TPM|k\.pem/);

      await writeConfig('password = "wrong";');
      await explained(/k\.pem: the TPM refuses the password of this key, or none is set/);
      for (let i = 0; i < 3; i++) await card(enftun('check', '-c', configFile), true);
      await explained(
        /the TPM is locked out after too many wrong passwords or losses of power until 20\d\d-/,
      );
      await tool('dictionarylockout', '-c');
      await tool('evictcontrol', '-C', 'o', '-c', '0x81000001');
      await explained(/k\.pem: the TPM has no parent 0x81000001 for this key/);
    });
  });
});

/** The key file of what tpm2_create wrote, and a certificate for it. */
function filesOf(key: string): { certificate: string; keyFile: string } {
  const area = new ByteReader(readFileSync(`${key}.pub`)).readSizedStructure(
    'a TPM2B_PUBLIC',
    readPublicArea,
  );
  const wrapped = new ByteReader(readFileSync(`${key}.priv`)).readSized();
  const parent = 0x81000001;
  const content = { public: area, private: wrapped, parent, emptyAuth: false };
  const keyFile = encodeKeyFile(content);
  const issuer = generateKey();
  const certificate = signCertificate(
    {
      issuer: commonName('a factory'),
      subject: commonName(address),
      subjectKey: decodeTpmKeyFile('key', keyFile).publicKey,
      validity: { notBefore: new Date(Date.now() - 1000), notAfter: new Date(Date.now() + 1e10) },
    },
    issuer.privateKey,
  );
  return { certificate, keyFile };
}
