/**
 * The development ENF's identity service (IAM): the two calls that `enftun keygen` makes. Registrations are in memory,
 * and the tunnels of the same program admit them at once.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import {
  commonName,
  generateKey,
  keyToPem,
  signCertificate,
} from '../../../identity/certificate-writer.ts';
import type { Logger } from '../../../platform/log.ts';
import { listen } from '../listen.ts';
import { Endpoints, type EndpointRequest } from './endpoints.ts';
import type { Call, IamFault } from './faults.ts';

export interface IamServerOptions {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly user: string;
  readonly password: string;
  /** 16 bytes; the /64 in which addresses are assigned. */
  readonly network: Uint8Array;
  readonly registry: Map<string, string>;
  readonly faults: readonly IamFault[];
  readonly log: Logger;
}

const longestBody = 64 * 1024;
const requestTimeoutMs = 15_000;
const paths: Readonly<Record<string, Call>> = {
  '/api/xcr/v2/xauth': 'login',
  '/api/xiam/v1/endpoints': 'register',
};

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export class IamServer {
  readonly #options: IamServerOptions;
  readonly #endpoints: Endpoints;
  readonly #server: Server;
  readonly #token = randomBytes(24).toString('base64url');

  constructor(options: IamServerOptions) {
    this.#options = options;
    this.#endpoints = new Endpoints(options.network, options.registry);
    const pair = options.faults.some(({ kind }) => kind === 'untrusted') ? strangePair() : options;
    const { cert, key } = pair;
    this.#server = createServer(
      { cert, key, requestTimeout: requestTimeoutMs },
      (request, response) => {
        void this.#serve(request, response).catch(() => response.destroy());
      },
    );
  }

  /** Resolves with the port; rejects with the system's error. */
  listen(host: string | undefined, port: number): Promise<number> {
    return listen(this.#server, host, port);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = request.method === 'POST' ? paths[request.url ?? ''] : undefined;
    if (call === undefined) return send(response, refusal(404, 'no such place'));
    const body = await bodyOf(request);
    const fault = this.#options.faults.find((one) => one.call === call);
    if (fault !== undefined && refuses(response, fault)) return;
    const reply = call === 'login' ? this.#login(body) : this.#register(request, body);
    const { log } = this.#options;
    log.info('iam-request', `identity service: ${call} answered with status ${reply.status}`);
    if (fault === undefined) send(response, reply);
    else spoil(response, fault, reply);
  }

  #login(body: unknown): Reply {
    const { user, password } = this.#options;
    const { username, token } = record(body);
    if (username !== user || typeof token !== 'string' || !isEqual(token, password)) {
      return refusal(401, 'unknown user or wrong password');
    }
    const account = { username, token: this.#token, user_id: 1, type: 'XAPTUM_USER', domain_id: 1 };
    const data = [{ ...account, domain_network: this.#endpoints.networkText }];
    return { status: 200, body: { data, page: { curr: 0, next: -1, prev: -1 } } };
  }

  #register(request: IncomingMessage, body: unknown): Reply {
    if (!isEqual(request.headers.authorization ?? '', `Bearer ${this.#token}`)) {
      return refusal(401, 'no valid token');
    }
    const { ecdsa_credential: credential, address_request: wanted } = record(body);
    const { type, key } = record(credential);
    if (type !== 'ecdsa_p256' || typeof key !== 'string') return refusal(500, 'no P-256 key');
    const found = this.#endpoints.register({
      key,
      ...(record(wanted) as Partial<EndpointRequest>),
    });
    if (!found.ok) return refusal(found.status, found.reason);
    const { addressText } = found;
    this.#options.log.info('iam-registered', `identity service: ${addressText} has a key`);
    const time = found.registered.toISOString();
    const active = { body: [{ type, key, creation_timestamp: time }] };
    const times = { creation_timestamp: time, modification_timestamp: time };
    const network = this.#endpoints.networkText;
    return {
      status: 201,
      body: { address: addressText, network, ...times, active_credentials: active },
    };
  }
}

function refusal(status: number, reason: string): Reply {
  return { status, body: { xiam_error: status, http_error: status, reason } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** Refuses in the place of an answer; false if the fault is one of the answer. */
function refuses(response: ServerResponse, { kind }: IamFault): boolean {
  switch (kind) {
    case '401':
    case '403':
    case '409':
    case '500':
      send(response, refusal(Number(kind), 'refused on request'));
      return true;
    case 'html':
      response.writeHead(500, { 'Content-Type': 'text/html' });
      response.end('<html><body><h1>{&quot;reason&quot;:1}</h1></body></html>');
      return true;
    case 'redirect':
      response.writeHead(307, { Location: 'https://elsewhere.example/' });
      response.end();
      return true;
    case 'upgrade':
      response.socket?.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      );
      return true;
    case 'truncated':
    case 'endless':
    case 'silent':
    case 'untrusted':
      return false;
  }
}

/** Carried out, and answered badly. */
function spoil(response: ServerResponse, { kind }: IamFault, good: Reply): void {
  if (kind === 'silent') return;
  if (kind === 'truncated') {
    const text = JSON.stringify(good.body);
    response.writeHead(good.status).end(text.slice(0, text.length / 2));
  } else if (kind === 'endless') {
    response.writeHead(good.status);
    const more = (): void => {
      while (!response.destroyed && response.write('{"data":'.repeat(1000)));
    };
    response.on('drain', more);
    more();
  } else send(response, good);
}

/** A certificate that signed itself. */
function strangePair(): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKey();
  const name = commonName('localhost');
  const parts = { issuer: name, subject: name, subjectKey: publicKey, validity: {} };
  return { cert: signCertificate(parts, privateKey), key: keyToPem(privateKey) };
}

/** Parsed; undefined for what is not JSON or too long. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= longestBody) chunks.push(chunk);
  }
  try {
    return length > longestBody ? undefined : JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
