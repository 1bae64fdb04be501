/** `make lab`: a host comes online through a card, in three namespaces of one machine (topology.ts). */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ConfigError } from '../src/core/errors.ts';
import type { CommandLineTable } from '../src/platform/command-line/table.ts';
import { exitStatus } from '../src/platform/exit-status.ts';
import { startCard, writeCardConfig, type Link } from '../test/harness/card.ts';
import { makeCredentials } from '../test/harness/credentials.ts';
import { startEnf } from '../test/harness/enf.ts';
import {
  defaultRoute,
  globalAddresses,
  hostClientKinds,
  startHostClient,
  type HostClientKind,
  type RouteEntry,
} from '../test/harness/host-client.ts';
import type { Namespace } from '../test/harness/namespace.ts';
import { labFolder, logFile } from '../test/harness/paths.ts';
import { lastLines } from '../test/harness/process.ts';
import { Steps } from './steps.ts';
import {
  hostInterface,
  Network,
  serviceAddress,
  tunName,
  tunnelAddress,
  type Underlay,
} from '../test/harness/topology.ts';
import { oneOf, setting, startTool, toolStatus } from '../test/harness/tool.ts';
import { startWebServer, transfer } from '../test/harness/transfer.ts';
import { until } from '../test/harness/until.ts';

const table = {
  program: 'lab',
  about: [
    `Brings a host online through a card, on one machine: host, card and ENF are namespaces, with enf-server, enftun and
     a stock DHCPv6 client. Shows each step, up to a ping and a download through the tunnel.`,
  ],
  commands: { '': { options: {}, help: 'show a host that comes online' } },
  sections: [
    {
      heading: 'Settings',
      text: `  LINK=ethernet|tun         the card's link towards the host (default ethernet)
  UNDERLAY=ipv4|ipv6        between card and ENF (default ipv4)
  HOST_CLIENT=${hostClientKinds.join('|')}   (default dhclient)
  SHELL_NS=host|card|enf    open a shell there after the last step, on a terminal
  KEEP=0                    end after the last step on a terminal, too; else the lab
                            stays until Enter`,
    },
  ],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

const downloadBytes = 64 * 1024 * 1024;

interface Choices {
  readonly link: Link;
  readonly underlay: Underlay;
  readonly hostClient: HostClientKind;
}

startTool(table, {
  '': () => {
    const choices: Choices = {
      link: oneOf('LINK', ['ethernet', 'tun'], setting('LINK', 'ethernet')),
      underlay: oneOf('UNDERLAY', ['ipv4', 'ipv6'], setting('UNDERLAY', 'ipv4')),
      hostClient: oneOf('HOST_CLIENT', hostClientKinds, setting('HOST_CLIENT', 'dhclient')),
    };
    return () => show(choices);
  },
});

/** Where the user's programs run: behind the cable, or, with a TUN, on the card itself. */
async function bringHostOnline(
  network: Network,
  { link, hostClient }: Choices,
  steps: Steps,
): Promise<{ host: Namespace; address: string }> {
  if (link === 'tun') {
    const address = await steps.step(
      'the client puts its address on the TUN',
      () => until('an address', 20, async () => (await globalAddresses(network.card, tunName))[0]),
      String,
    );
    return { host: network.card, address };
  }
  const { host } = network;
  await steps.step(
    'host: kernel takes the router advertisement',
    () => until('a default route on the host', 20, () => defaultRoute(host)),
    (route: RouteEntry) => `default via ${route.gateway} dev ${route.dev}`,
  );
  const client = await startHostClient(host, hostClient);
  const address = await steps.step(
    `host: ${hostClient} asks for an address`,
    () => client.until('an address', 30, async () => (await globalAddresses(host))[0]),
    String,
  );
  return { host, address };
}

async function showHost(host: Namespace, link: Link): Promise<void> {
  const device = link === 'tun' ? tunName : hostInterface;
  const show = async (...command: string[]) => (await host.run(command)).stdout.trim();
  console.log(`\n$ ip -6 address show dev ${device}`);
  console.log(await show('ip', '-6', 'address', 'show', 'dev', device));
  console.log(`$ ip -6 route get ${serviceAddress}`);
  console.log(await show('ip', '-6', 'route', 'get', serviceAddress));
}

async function bringUp(steps: Steps, choices: Choices): Promise<Network> {
  const { link, underlay } = choices;
  const network = await steps.step('make the namespaces host, card and enf', async () => {
    const made = await Network.create();
    if (link === 'tun') await made.openCardTun();
    return made;
  });
  const credentials = await steps.step(
    'enf-pki: authority, router, client',
    () => makeCredentials(),
    () => tunnelAddress,
  );
  await steps.step(
    'enf: start enf-server',
    () => startEnf(network.enf, credentials),
    (router) => `process ${router.pid}`,
  );
  await steps.step('enf: start a web server behind the tunnel', () =>
    startWebServer(network.enf, serviceAddress),
  );
  const config = await writeCardConfig(credentials, { link, underlay });
  const enftun = await steps.step(
    `card: start enftun on ${link}`,
    () => Promise.resolve(startCard(network.card, config)),
    ({ pid }) => `process ${pid}, over ${underlay}`,
  );
  const { host, address } = await bringHostOnline(network, choices, steps);
  if (address !== tunnelAddress) {
    throw new ConfigError('the host has another address than the certificate says', {
      file: config,
      expected: tunnelAddress,
      found: address,
    });
  }
  await steps.step(
    `host: ping ${serviceAddress}`,
    () =>
      enftun.until('an answer to the ping', 20, async () => {
        const ping = ['ping', '-6', '-n', '-c', '1', '-W', '1', serviceAddress];
        const { stdout } = await host.run(ping, { mayFail: true });
        return /time=[\d.]+ ms/.exec(stdout)?.[0];
      }),
    String,
  );
  await steps.step(
    `host: download ${downloadBytes >> 20} MiB, compare SHA-256`,
    () => transfer(host, serviceAddress, 'download', downloadBytes),
    ({ bytes, sha256, seconds }) =>
      `${((bytes * 8) / seconds / 1e6).toFixed(0)} Mbit/s, ${sha256.slice(0, 16)}…`,
  );
  await showHost(host, link);
  return network;
}

function openShell(namespace: Namespace): Promise<void> {
  const shell = process.env.SHELL ?? '/bin/sh';
  // Start-up files would replace the prompt that says where one is.
  const flags = shell.endsWith('/bash') ? ['--norc'] : [];
  const [file = '', ...argv] = namespace.inside([shell, ...flags]);
  const environment = { ...process.env, PS1: `${namespace.name}# ` };
  console.log(`Shell in namespace ${namespace.name}; "exit" ends it.`);
  return new Promise((resolve) => {
    spawn(file, argv, { stdio: 'inherit', env: environment }).on('exit', () => resolve());
  });
}

/** At most one shell: it leaves the terminal to a process group that this world cannot name. */
async function offerShell(network: Network): Promise<void> {
  const namespaces = [network.host, network.card, network.enf];
  const named = (name: string) => namespaces.find((namespace) => namespace.name === name.trim());
  let answer = process.env.SHELL_NS ?? '';
  if (answer === '' && process.env.KEEP === '0') return;
  const question = '\nThe lab is up. "host", "card" or "enf" opens a shell there, Enter ends: ';
  while (named(answer) === undefined) {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    terminal.on('SIGINT', () => process.exit(130));
    answer = await terminal.question(question);
    terminal.close();
    if (answer.trim() === '') return;
  }
  const namespace = named(answer);
  if (namespace !== undefined) await openShell(namespace);
}

function showLogs(): void {
  const folder = path.dirname(logFile('lab'));
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const text = readFileSync(path.join(folder, name), 'utf8');
    if (text.trim() !== '') console.error(`\n--- ${name}\n${lastLines(text, 15)}`);
  }
}

async function show(choices: Choices): Promise<number> {
  // The first process of a pid namespace ignores signals without a handler.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

  const steps = new Steps();
  try {
    mkdirSync(labFolder, { recursive: true });
    const network = await bringUp(steps, choices);
    console.log(
      `\nOK: the host is online through the tunnel (${steps.totalSeconds.toFixed(1)} s).`,
    );
    if (process.stdin.isTTY) await offerShell(network);
    return exitStatus.success;
  } catch (error) {
    showLogs();
    console.error(`\nFAILED at step ${steps.current ?? 'preparation'}`);
    console.error(error instanceof Error ? error.message : error);
    return exitStatus.runtime;
  }
}
