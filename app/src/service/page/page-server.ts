/**
 * The page's web server: Node's own, bounded in everything that a caller can take up. One request per connection; a
 * connection ends after its answer or its time, whatever the other side does.
 */
import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { StatusDocument } from '../status/status-document.ts';
import type { PageRequest } from './page-request.ts';
import { respond } from './page-response.ts';

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
  server.maxConnections = maxConnections;
  server.maxHeadersCount = maxHeaders;
  let open = 0;
  server.on('connection', (socket: Socket) => {
    options.onConnections?.(++open);
    const end = setTimeout(() => socket.destroy(), longestConnectionMs);
    socket.once('close', () => {
      clearTimeout(end);
      options.onConnections?.(--open);
    });
    socket.on('error', () => socket.destroy());
  });
  server.on('request', (request, reply) => {
    // A body has no meaning here, and is not waited for.
    void respond(asPageRequest(request), readStatus).then(({ status, headers, body }) => {
      const length = Buffer.byteLength(body);
      reply.writeHead(status, { ...headers, 'Content-Length': length });
      reply.end(request.method === 'HEAD' ? undefined : body);
    });
  });
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

function asPageRequest(request: IncomingMessage): PageRequest {
  const { method = '', url = '', headers } = request;
  return {
    method,
    target: url,
    host: headers.host,
    fetchSite: single(headers['sec-fetch-site']),
    fetchMode: single(headers['sec-fetch-mode']),
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
