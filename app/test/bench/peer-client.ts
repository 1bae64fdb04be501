/**
 * Other VPNs to compare with, by `PEER=wireguard|openvpn`: both ends run in the namespaces of the lab, on the same TUN
 * interfaces (MTU 1280), addresses, routes and mark as our client and server, and in turns with them. The packages are
 * Debian's, unpacked below build/peers by `app/setup/debian-tools.sh`.
 *
 * Each is used as its manual has it for a tunnel between two machines, over UDP: wireguard-go with ChaCha20-Poly1305,
 * OpenVPN in user space (without its kernel module) with AES-256-GCM.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Credentials } from '../harness/credentials.ts';
import type { Namespace } from '../harness/namespace.ts';
import { labFolder, logFile, repositoryFolder } from '../harness/paths.ts';
import { run, type Program } from '../harness/process.ts';
import {
  cardAddresses,
  routerAddresses,
  tunName,
  tunnelAddress,
  tunnelMark,
} from '../harness/topology.ts';
import type { ReferenceClient } from './reference-client.ts';

export const peerNames = ['wireguard', 'openvpn'] as const;
export type PeerName = (typeof peerNames)[number];

const port = 51820;
const folder = `${labFolder}/peer`;

/** Its name in the report has the version. */
export async function peerClient(
  peer: PeerName,
  credentials: Credentials,
): Promise<ReferenceClient> {
  const program = peer === 'wireguard' ? 'wireguard-go' : 'openvpn';
  // OpenVPN has status 1 for it.
  const { stdout } = await run([tool(program), '--version'], { mayFail: true });
  const name = stdout.split(/\s+/).slice(0, 2).join(' ');
  if (peer === 'openvpn') return { name, ...openvpn(credentials) };
  await writeWireguardFiles();
  return { name, ...wireguard() };
}

/** Both ends, without the name. */
type Ends = Omit<ReferenceClient, 'name'>;

function tool(name: string): string {
  return path.join(repositoryFolder, 'build/peers/bin', name);
}

function startShell(name: string, namespace: Namespace, script: string): Program {
  return namespace.start(name, ['sh', '-c', script], { log: logFile(name) });
}

/** The address that our client sets by itself. */
const setAddress = `ip -6 addr replace ${tunnelAddress}/128 dev ${tunName}`;

/** wireguard-go raises the MTU at its start, and has a socket named after the interface, the same at both ends. */
function wireguardScript(end: string): string {
  return [
    'mkdir -p /run/wireguard && mount -t tmpfs wireguard /run/wireguard',
    `${tool('wireguard-go')} -f ${tunName} &`,
    `until ${tool('wg')} setconf ${tunName} ${folder}/${end}.conf; do sleep 0.1; done`,
    `ip link set ${tunName} mtu 1280 up`,
  ].join('\n');
}

function wireguard(): Ends {
  const run = (end: string, last: string): string => `${wireguardScript(end)}\n${last}\nwait`;
  return {
    startServer: ({ enf }) => Promise.resolve(startShell('wireguard-server', enf, run('enf', ''))),
    start: ({ card }) => startShell('wireguard', card, run('card', setAddress)),
  };
}

async function writeWireguardFiles(): Promise<void> {
  const [card, enf] = [await keyPair(), await keyPair()];
  await mkdir(folder, { recursive: true });
  await writeFile(
    `${folder}/card.conf`,
    `[Interface]\nPrivateKey = ${card.secret}\nFwMark = ${tunnelMark}\n` +
      `[Peer]\nPublicKey = ${enf.open}\nAllowedIPs = ::/0\nEndpoint = ${routerAddresses.ipv4}:${port}\n`,
  );
  await writeFile(
    `${folder}/enf.conf`,
    `[Interface]\nPrivateKey = ${enf.secret}\nListenPort = ${port}\n` +
      `[Peer]\nPublicKey = ${card.open}\nAllowedIPs = ${tunnelAddress}/128\n`,
  );
}

async function keyPair(): Promise<{ secret: string; open: string }> {
  const secret = (await run([tool('wg'), 'genkey'])).stdout.trim();
  const open = (await run([tool('wg'), 'pubkey'], { input: secret })).stdout.trim();
  return { secret, open };
}

function openvpn({ caCert, serverCert, serverKey, clientCert, clientKey }: Credentials): Ends {
  const both = [
    ...[
      tool('openvpn'),
      '--dev',
      tunName,
      '--dev-type',
      'tun',
      '--proto',
      'udp4',
      '--port',
      `${port}`,
    ],
    ...['--tun-mtu', '1280', '--disable-dco', '--data-ciphers', 'AES-256-GCM', '--ca', caCert],
  ];
  const server = ['--tls-server', '--dh', 'none', '--cert', serverCert, '--key', serverKey];
  const client = ['--tls-client', '--cert', clientCert, '--key', clientKey, '--mark', tunnelMark];
  const line = (own: readonly (string | number)[], remote: string): string =>
    [...both, ...own, '--remote', remote].join(' ');
  return {
    startServer: ({ enf }) =>
      Promise.resolve(
        startShell('openvpn-server', enf, `exec ${line(server, cardAddresses.ipv4)}`),
      ),
    start: ({ card }) =>
      startShell('openvpn', card, `${setAddress}\nexec ${line(client, routerAddresses.ipv4)}`),
  };
}
