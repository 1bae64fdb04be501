/**
 * The page's web server: Node's own, bounded in everything that a caller can take up. One request per connection; a
 * connection ends after its answer or its time, whatever the other side does.
 */
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { StatusDocument } from '../../../status/status-document.ts';
import type { PageRequest } from './page-request.ts';
import { respond } from './page-response.ts';
import { milliseconds } from '../../../core/time.ts';
import { systemClock } from '../../../platform/deadline-timer.ts';

export interface PageServerOptions {
  /** Undefined: the service does not answer. */
  readonly readStatus: () => Promise<StatusDocument | undefined>;
  /** How many connections are open now, whenever that changes. */
  readonly onConnections?: (count: number) => void;
  readonly longestConnectionMs?: number;
}

export const maxConnections = 8;
const maxHeaderBytes = 4096;
const maxHeaders = 32;
const longestConnection = 10_000;
/** How often Node looks for requests that take too long to arrive. */
const lookInterval = 1000;

export function createPageServer(options: PageServerOptions): Server {
  const { readStatus, longestConnectionMs = longestConnection } = options;
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: longestConnectionMs,
    requestTimeout: longestConnectionMs,
    connectionsCheckingInterval: lookInterval,
    keepAlive: false,
  });
  answerHalfClosed(server);
  server.maxConnections = maxConnections;
  server.maxHeadersCount = maxHeaders;
  let open = 0;
  server.on('connection', (socket: Socket) => {
    options.onConnections?.(++open);
    const cancelEnd = systemClock.schedule(milliseconds(longestConnectionMs), () =>
      socket.destroy(),
    );
    socket.once('close', () => {
      cancelEnd();
      options.onConnections?.(--open);
    });
    socket.on('error', () => socket.destroy());
  });
  const answer = (request: IncomingMessage, reply: ServerResponse): void => {
    // A body has no meaning here, and is not waited for.
    void respond(asPageRequest(request), readStatus).then(({ status, headers, body }) => {
      const length = Buffer.byteLength(body);
      reply.writeHead(status, { ...headers, 'Content-Length': length });
      reply.end(request.method === 'HEAD' ? undefined : body);
    });
  };
  server.on('request', answer);
  // RFC 9110 section 10.1.1: who waits for a 100 before it sends a body gets the final answer, which needs none.
  server.on('checkContinue', answer);
  server.on('checkExpectation', answer);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    if (!socket.writable) return void socket.destroy();
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`, () =>
      socket.destroy(),
    );
  });
  server.on('connect', (_, socket) => socket.destroy());
  return server;
}

/**
 * A client that has sent its request may close its side (RFC 9112 section 9.6), as `nc -N` does, and still reads the
 * answer. Node.js has a property for that, which its documents and types leave out.
 */
function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}

function asPageRequest(request: IncomingMessage): PageRequest {
  const { method = '', url = '', headersDistinct: lines } = request;
  return {
    method,
    target: url,
    hosts: lines.host ?? [],
    origins: lines.origin ?? [],
    referers: lines.referer ?? [],
    fetchSites: lines['sec-fetch-site'] ?? [],
  };
}
