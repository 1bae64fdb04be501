/**
 * `make bench`: compares clients between two namespaces, for both links. A reference client runs in turns with ours
 * (A B A B), so that a machine whose speed changes spoils neither.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { writeCardConfig, type Link } from '../harness/card.ts';
import { makeCredentials, type Credentials } from '../harness/credentials.ts';
import { defaultRoute } from '../harness/host-client.ts';
import { labFolder } from '../harness/paths.ts';
import { run } from '../harness/process.ts';
import { hostInterface, Network, serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { count, oneOf, positive, setting, startTool, toolStatus } from '../harness/tool.ts';
import { UsageError } from '../../src/platform/command-line/usage-error.ts';
import { peerClient, peerNames, type PeerName } from './peer-client.ts';
import { ours, prepareForBridge, referenceFor, type ReferenceClient } from './reference-client.ts';
import { measure, type Ends } from './measure.ts';
import type { Measurement } from './metrics.ts';
import { reportJson, reportText, type Conditions, type LinkResult } from './report.ts';

const source = new URL('udp-load.c', import.meta.url).pathname;

const table = {
  program: 'bench',
  about: [
    `Measures speed, packet rate, round trips, CPU and memory of the client between two namespaces; with REF in turns
     with a reference client, with PEER in turns with another VPN. Only ratios of one run mean something.`,
  ],
  commands: { '': { options: { json: { help: 'print JSON' } }, help: 'measure the client' } },
  sections: [
    {
      heading: 'Settings',
      text: `  LINK=tun|ethernet|both    the links to measure (default both)
  PAIRS=N                   runs of each client (default 5 with a reference, else 2)
  SECONDS_PER_RUN=N         length of a transfer (default 5)
  OFFLOAD=on                segmentation offload on the cable (USB has none)
  REF='command %c', REF_ETHERNET='...'   see test/bench/reference-client.ts
  PEER=wireguard|openvpn    another VPN on both ends, on a TUN; see test/bench/peer-client.ts`,
    },
  ],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': (given) => {
    const peer =
      setting('PEER', '') === '' ? undefined : oneOf('PEER', peerNames, setting('PEER', ''));
    if (peer !== undefined && setting('LINK', 'tun') !== 'tun') {
      throw new UsageError(`PEER=${peer} has a TUN only: leave LINK out`);
    }
    if (peer !== undefined && setting('REF', setting('REF_ETHERNET', '')) !== '') {
      throw new UsageError(
        'PEER and REF are two references, and one can be compared with: leave one out',
      );
    }
    const preset = peer === undefined ? 'both' : 'tun';
    const chosen = oneOf('LINK', ['tun', 'ethernet', 'both'], setting('LINK', preset));
    const links: Link[] = chosen === 'both' ? ['tun', 'ethernet'] : [chosen];
    const secondsPerRun = positive('SECONDS_PER_RUN', setting('SECONDS_PER_RUN', '5'));
    const pairs = process.env.PAIRS ? count('PAIRS', process.env.PAIRS) : undefined;
    return () => bench({ links, peer, secondsPerRun, pairs, isJson: given.has('json') });
  },
});

interface Choices {
  readonly links: readonly Link[];
  readonly peer: PeerName | undefined;
  readonly secondsPerRun: number;
  readonly pairs: number | undefined;
  readonly isJson: boolean;
}

interface Plan {
  readonly credentials: Credentials;
  readonly udpLoad: string;
  readonly conditions: Conditions;
  readonly peer: PeerName | undefined;
  readonly pairs: number | undefined;
  readonly progress: (line: string) => void;
}

async function benchLink(link: Link, plan: Plan): Promise<LinkResult> {
  const { conditions, progress, credentials } = plan;
  const network = await Network.create({ usbOffload: conditions.cableOffload });
  const config = await writeCardConfig(credentials, { link });
  if (link === 'tun') await network.openCardTun();
  else {
    await prepareForBridge(network.card);
    await network.host.ip([`addr add ${tunnelAddress}/128 dev ${hostInterface} nodad`]);
  }
  const host = link === 'tun' ? network.card : network.host;
  const ends: Ends = {
    host,
    enf: network.enf,
    udpLoad: plan.udpLoad,
    seconds: conditions.secondsPerRun,
  };
  const reference =
    plan.peer === undefined ? referenceFor(link) : await peerClient(plan.peer, credentials);
  const results = { enftun: [] as Measurement[], reference: [] as Measurement[] };
  const rounds = plan.pairs ?? (reference === undefined ? 2 : 5);
  for (let round = 1; round <= rounds; round++) {
    for (const client of reference === undefined ? [ours] : [ours, reference]) {
      progress(`${link}, round ${round} of ${rounds}: ${client.name}`);
      const server = await client.startServer(network, credentials);
      const measured = await runOnce(client, network, config, link, ends);
      results[client === ours ? 'enftun' : 'reference'].push(measured);
      // In good order, as the client below: they share a TUN, too.
      await server.stop().catch(() => server.kill());
    }
  }
  await network.remove();
  return { link, ...results, referenceName: reference?.name };
}

async function runOnce(
  referenceClient: ReferenceClient,
  network: Network,
  config: string,
  link: Link,
  ends: Ends,
): Promise<Measurement> {
  const client = referenceClient.start(network, config);
  try {
    if (link === 'ethernet') {
      await client.until('a default route on the host', 20, () => defaultRoute(ends.host));
    }
    await client.until('a ping through the tunnel', 30, async () => {
      const ping = ['ping', '-6', '-n', '-c', '1', '-W', '1', serviceAddress];
      return (await ends.host.run(ping, { mayFail: true })).status === 0;
    });
    return await measure(client, ends);
  } finally {
    // In good order: a client that is killed leaves its offload settings on the shared TUN to the next one.
    await client.stop().catch(() => client.kill());
    // The tunnel of the killed client ends at the router before the next one comes.
    await until('the connection to be gone', 10, async () => {
      const established = ['state', 'established', 'sport', '=', ':443'];
      return (await network.enf.run(['ss', '-Htn', ...established])).stdout.trim() === '';
    });
  }
}

async function bench(choices: Choices): Promise<void> {
  const conditions: Conditions = {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    secondsPerRun: choices.secondsPerRun,
    cableOffload: process.env.OFFLOAD === 'on',
    congestionControl: readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim(),
  };

  const udpLoad = `${labFolder}/udp-load`;
  await run(['cc', '-O2', '-o', udpLoad, source]);
  const plan: Plan = {
    credentials: await makeCredentials(),
    udpLoad,
    conditions,
    peer: choices.peer,
    pairs: choices.pairs,
    progress: (line) => console.error(line),
  };
  const results: LinkResult[] = [];
  for (const link of choices.links) {
    const result = await benchLink(link, plan);
    results.push(result);
    if (!choices.isJson) console.log(`\n${reportText(result)}\n`);
  }
  if (choices.isJson) console.log(reportJson(conditions, results));
  else {
    const { machine, node, secondsPerRun, cableOffload, congestionControl } = conditions;
    const cable = `offload on the cable ${cableOffload ? 'on' : 'off'}`;
    console.log(
      `${machine}, Node ${node}, ${secondsPerRun} s per transfer, TCP ${congestionControl}, ${cable}`,
    );
  }
}
