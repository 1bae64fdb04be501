/**
 * A TLS connection to the identity service, directly or through a proxy (CONNECT, RFC 9110 section 9.3.6), whose
 * certificate has been verified before anything is written to it. What the environment says to Node.js about
 * certificates has no effect.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { CallError } from './call-error.ts';

export interface ConnectionOptions {
  /** Trusted roots, PEM. */
  readonly ca: string;
  readonly proxy: URL | undefined;
  readonly signal: AbortSignal;
}

/** Rejects with a CallError, or with the error of the system or of TLS. */
export async function connectSecurely(url: URL, options: ConnectionOptions): Promise<TLSSocket> {
  const { signal } = options;
  const host = hostOf(url);
  const through = options.proxy && (await tunnelThrough(options.proxy, url, options));
  const socket = connectTls({
    host,
    port: portOf(url),
    ...(through !== undefined && { socket: through }),
    ...(isIP(host) === 0 && { servername: host }),
    ca: options.ca,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  });
  const onAbort = (): unknown => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort);
  try {
    await once(socket, 'secureConnect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A connection that fails between two requests is reported by the next one.
    socket.on('error', () => undefined);
  }
}

/** Without the brackets of an IPv6 literal. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
}

async function tunnelThrough(proxy: URL, url: URL, options: ConnectionOptions): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`;
  const library = proxy.protocol === 'https:' ? https : http;
  const request = library.request({
    host: hostOf(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: target,
    headers: { Host: target, ...authorization(proxy) },
    agent: false,
    signal: options.signal,
    ca: options.ca,
    // Else Node.js takes the name of the proxy's certificate from the Host header, which names the target.
    servername: isIP(hostOf(proxy)) === 0 ? hostOf(proxy) : '',
    rejectUnauthorized: true,
  });
  request.on('error', () => undefined);
  request.end();
  try {
    const [response, socket] = (await once(request, 'connect')) as [http.IncomingMessage, Socket];
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return socket;
    socket.destroy();
    throw refusedByProxy(proxy, statusCode);
  } catch (cause) {
    if (cause instanceof CallError || options.signal.aborted) throw cause;
    const problem = `the proxy ${proxy.host} does not connect`;
    throw new CallError(`${problem}; check https_proxy, or name exceptions in no_proxy`, {
      errno: cause instanceof Error && 'code' in cause ? String(cause.code) : 'EPROXY',
      syscall: 'connect',
      mayHaveArrived: false,
      cause,
    });
  }
}

function refusedByProxy(proxy: URL, status: number): CallError {
  const advice =
    status === 407
      ? 'put its user and password into https_proxy, as in http://user:password@proxy:3128'
      : 'check its rules, or name the service in no_proxy';
  return new CallError(
    `the proxy ${proxy.host} refuses the connection (status ${status}); ${advice}`,
    {
      errno: 'EPROXY',
      syscall: 'connect',
      mayHaveArrived: false,
    },
  );
}

/** As it is if it is not escaped: people write a password with "%" in it as it is. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const text = `${unescaped(username)}:${unescaped(password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(text).toString('base64')}` };
}
