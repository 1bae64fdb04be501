/**
 * What a client of psockd asks for, in one line (docs/protocol/psockd.md):
 *
 *     connect ADDRESS PORT MILLISECONDS      a connection from the host, with a deadline
 *     watch                                  a line now and whenever a host comes, begins to answer or goes
 *     status                                 the daemon's state, as JSON
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { SocketAddress } from 'hss';

export type ClientRequest =
  | { readonly kind: 'connect'; readonly to: SocketAddress; readonly deadlineMs: number }
  | { readonly kind: 'status' | 'watch' }
  | { readonly kind: 'wrong'; readonly problem: string };

export const maxRequestBytes = 128;
const maxDeadlineMs = 120_000;

export function parseRequest(line: string): ClientRequest {
  const [command, address = '', port = '', deadline = '', ...rest] = line.split(' ');
  if ((command === 'status' || command === 'watch') && address === '') return { kind: command };
  if (command !== 'connect' || rest.length > 0) return wrong('expected connect, watch or status');
  // Without a zone: the links of the card mean nothing to its host.
  if (isIP(address) === 0 || address.includes('%')) return wrong('the address is not a literal');
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 0xffff) {
    return wrong('the port is not 1..65535');
  }
  const deadlineMs = Number(deadline);
  if (!/^\d{1,6}$/.test(deadline) || deadlineMs < 1 || deadlineMs > maxDeadlineMs) {
    return wrong(`the deadline is not 1..${maxDeadlineMs} ms`);
  }
  const bytes = Uint8Array.from(ipaddr.parse(address).toByteArray());
  return { kind: 'connect', to: { address: bytes, port: Number(port) }, deadlineMs };
}

function wrong(problem: string): ClientRequest {
  return { kind: 'wrong', problem };
}
