/**
 * What the addon's socket half offers, exactly as `native/sockets.cc` registers it, and how its failures become
 * errors. Nothing here is public: the modules beside this file own the descriptors and name what was being done.
 *
 * A native call that fails returns a `Failure`; it throws only for arguments of the wrong type.
 */
import { constants } from 'node:os';
import { errnoName, SocketError } from './errors.ts';
import { loadAddon } from './native.ts';

export interface Failure {
  /** Positive, as in errno.h. */
  errno: number;
  /** The step that failed, for example `"setsockopt(SO_MARK)"`. */
  syscall: string;
}

/** Zero and the empty string mean "leave as it is". */
export interface NativeConnectOptions {
  address: string;
  port: number;
  mark: number;
  device: string;
  source: string;
  keepAliveIdle: number;
  keepAliveInterval: number;
  keepAliveProbes: number;
  userTimeoutMs: number;
  notSentLowWaterBytes: number;
  noDelay: boolean;
}

export interface NativeHandle {
  /** Idempotent. No callback comes after it. */
  close(): void;
}

export interface NativeNetlink extends NativeHandle {
  /** `onBurst` gets the number of bytes that now stand at the start of `buffer`. */
  start(
    buffer: Uint8Array,
    onBurst: (length: number) => void,
    onFailure: (failure: Failure) => void,
  ): Failure | undefined;
}

export interface NativeDatagram extends NativeHandle {
  bind(name: string): Failure | undefined;
  connect(name: string): Failure | undefined;
  /** `to` is empty on a connected socket. */
  send(data: Uint8Array, to: string, fds: number[]): Failure | undefined;
  start(
    buffer: Uint8Array,
    onMessage: (length: number, from: string, fds: number[]) => void,
    onFailure: (failure: Failure, isFatal: boolean) => void,
    onWritable: () => void,
    maxFds: number,
  ): Failure | undefined;
}

export interface NativeStream extends NativeHandle {
  /** `read` fills `buffer`. Watches for input only, at first. */
  start(buffer: Uint8Array, onReadable: () => void, onWritable: () => void): Failure | undefined;
  /** 1: readable, 2: writable, 3: both. */
  watch(events: number): Failure | undefined;
  /** How many bytes, 0 at the end. */
  read(): number | Failure;
  write(bytes: Uint8Array): number | Failure;
  /** Both directions. */
  shutdown(): void;
}

export interface NativeSockets {
  /** `done` gets the connected descriptor, which then is the caller's. */
  connectTcp(
    options: NativeConnectOptions,
    done: (result: number | Failure) => void,
  ): NativeHandle | Failure;
  /** The descriptor of an unconnected socket for IPv4 (4) or IPv6 (6), which is the caller's. */
  openUdp(version: 4 | 6, mark: number): number | Failure;
  connectFamily(
    family: number,
    address: string,
    port: number,
    timeoutMs: number,
    done: (result: number | Failure) => void,
  ): Failure | undefined;
  /** Undefined where the kernel does not have the family. */
  hasDatagrams(family: number): boolean | undefined;
  /** Owns a connected, non-blocking descriptor. */
  adoptStream(fd: number): NativeStream;
  probeRoute(address: string, port: number, mark: number): string | Failure;
  openNetlink(groups: number, receiveBufferBytes: number): NativeNetlink | Failure;
  /** One request on a socket of its own, and the whole answer. An NLMSG_ERROR is a failure. */
  requestNetlink(request: Uint8Array): Uint8Array | Failure;
  openDatagram(): NativeDatagram | Failure;
}

export function sockets(): NativeSockets {
  return loadAddon<NativeSockets>();
}

export function isFailure(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'errno' in result;
}

const { errno } = constants;

/** The error for a failure of what `problem` names, with the operator's next step where there is one. */
export function socketError(problem: string, failure: Failure): SocketError {
  return new SocketError(problem, {
    errno: errnoName(failure.errno),
    syscall: failure.syscall,
    hint: hintFor(failure),
  });
}

function hintFor(failure: Failure): string | undefined {
  const is = (number: number, syscall?: string): boolean =>
    failure.errno === number && (syscall === undefined || failure.syscall === syscall);
  if (is(errno.EPERM, 'setsockopt(SO_MARK)'))
    return 'a firewall mark needs CAP_NET_ADMIN, or CAP_NET_RAW on Linux 5.17 or later';
  if (is(errno.EPERM, 'setsockopt(SO_BINDTODEVICE)'))
    return 'binding to an interface needs CAP_NET_RAW';
  if (is(errno.ENODEV, 'setsockopt(SO_BINDTODEVICE)') || is(errno.ENODEV, 'if_nametoindex'))
    return 'no interface has this name; "ip link" lists them';
  if (is(errno.EINVAL, 'inet_pton'))
    return 'expected an IPv4 or IPv6 address, not a name, and a port up to 65535';
  if (is(errno.ECONNREFUSED, 'connect'))
    return 'nothing listens there; check address and port, and whether the server runs';
  if (is(errno.ENETUNREACH, 'connect'))
    return 'there is no route; check the uplink ("ip route get", with the mark if one is set)';
  if (is(errno.EHOSTUNREACH, 'connect'))
    return 'neither the host nor the router in front of it answers; check address and uplink';
  if (is(errno.EMFILE)) return 'raise the limit of open files (LimitNOFILE= of the unit)';
  return undefined;
}
