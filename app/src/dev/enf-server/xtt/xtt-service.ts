/**
 * The development ENF's provisioning server: XTT over TCP. Members get an address that stays the same for their
 * pseudonym, and the tunnels of the same program admit the new key at once. The state is in memory.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { XttServer, type DaaGroup, type EcdsaKey, type ServerStep, type VerifiedClient } from 'xtt';
import type { Logger } from '../../../platform/log.ts';
import { parseIpv6 } from '../../../wire/ipv6-address.ts';
import { Endpoints } from '../iam/endpoints.ts';
import { listen } from '../listen.ts';
import { garbage, XttFaultPlan, type FaultKind, type XttFault } from './faults.ts';

export interface XttServiceOptions {
  readonly groups: readonly DaaGroup[];
  /** 169 bytes, and its key. */
  readonly certificate: Uint8Array;
  readonly key: EcdsaKey;
  /** 16 bytes; the /64 in which addresses are assigned. */
  readonly network: Uint8Array;
  /** The tunnels admit what is in it. */
  readonly registry: Map<string, string>;
  readonly faults: readonly XttFault[];
  readonly log: Logger;
}

/** More connections wait in the kernel. */
const mostConnections = 64;
const timeoutMs = 60_000;
const loopback = new Uint8Array(16).fill(1, 15);

export class XttService {
  readonly #options: XttServiceOptions;
  readonly #faults: XttFaultPlan;
  readonly #endpoints: Endpoints;
  /** By pseudonym. */
  readonly #addresses = new Map<string, string>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: XttServiceOptions) {
    this.#options = options;
    this.#faults = new XttFaultPlan(options.faults);
    this.#endpoints = new Endpoints(options.network, options.registry);
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = mostConnections;
  }

  /** Resolves with the port; rejects with the system's error. */
  listen(host: string | undefined, port: number): Promise<number> {
    return listen(this.#server, host, port);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    const fault = this.#faults.next();
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(timeoutMs, () => socket.destroy());
    const { certificate, key, groups } = this.#options;
    const server = new XttServer(
      {
        ...{ certificate, key, timeoutMs },
        findGroup: (wanted) => groups.find(({ id }) => Buffer.compare(id, wanted) === 0),
        assignId: (client) => this.#assign(client, fault),
      },
      performance.now(),
    );
    let messages = 0;
    socket.on('data', (data) => {
      const step = server.receive(data, performance.now());
      if (step.kind === 'wait' || step.kind === 'ended') return;
      messages++;
      if (fault === undefined || !spoils(fault, messages, socket)) this.#act(step, socket);
    });
  }

  #act(step: Exclude<ServerStep, { kind: 'wait' | 'ended' }>, socket: Socket): void {
    const { log } = this.#options;
    const from = socket.remoteAddress ?? '';
    if (step.kind === 'failed') {
      log.warning('xtt-refused', `${from}: no identity: ${step.error.message}`);
      socket.end(step.bytes);
    } else if (step.kind === 'done') {
      socket.end(step.bytes);
    } else {
      socket.write(step.bytes);
    }
  }

  /** The address of this pseudonym, with the new key. */
  #assign({ pseudonym, longtermKey }: VerifiedClient, fault: FaultKind | undefined) {
    const name = Buffer.from(pseudonym ?? []).toString('hex');
    const before = this.#addresses.get(name);
    const place =
      before === undefined ? { network: this.#endpoints.networkText } : { address: before };
    const key = Buffer.from(longtermKey).toString('hex').toUpperCase();
    const registered = this.#endpoints.register({ key, ...place });
    if (!registered.ok) return undefined;
    const { addressText } = registered;
    this.#addresses.set(name, addressText);
    if (fault === 'unregistered') this.#endpoints.forget(addressText);
    this.#options.log.info('xtt-assigned', `a member of the group has a key for ${addressText}`);
    return fault === 'bad-address' ? loopback : parseIpv6(addressText);
  }
}

/** True if the fault has taken the place of the answer. */
function spoils(fault: FaultKind, messages: number, socket: Socket): boolean {
  const isLate = messages > 1;
  switch (fault) {
    case 'stall':
      return true;
    case 'garbage':
      socket.write(garbage());
      return true;
    case 'stall-late':
      return isLate;
    case 'close-late':
      if (isLate) socket.end();
      return isLate;
    case 'refuse':
      if (isLate) socket.end(Uint8Array.of(0x41, 0, 4, 1));
      return isLate;
    case 'bad-address':
    case 'unregistered':
      return false;
  }
}
