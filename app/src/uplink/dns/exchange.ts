/**
 * One DNS question to one server and its answer, over UDP (RFC 1035 section 4.2.1) or TCP (section 4.2.2), on sockets
 * that carry the firewall mark. The kernel picks the local port at random and takes datagrams from the server alone.
 */
import { on } from 'node:events';
import type { Duplex } from 'node:stream';
import { connectTcp, connectUdp, TuntapError } from 'tuntap2';
import { EnvironmentError } from '../../core/errors.ts';
import type { Duration } from '../../core/time.ts';
import { encodeQuestion, readAnswer, type Answer, type Question } from './message.ts';

export interface Exchange {
  readonly server: string;
  readonly protocol: 'udp' | 'tcp';
  readonly question: Question;
  /** Longest wait. */
  readonly deadline: Duration;
  readonly signal: AbortSignal;
}

export interface ExchangeSettings {
  /** 0: not marked. */
  readonly mark: number;
  readonly port?: number;
}

/** Rejects with an EnvironmentError or the socket library's error when there is no answer. */
export function exchange(ask: Exchange, settings: ExchangeSettings): Promise<Answer> {
  const { port = 53, mark } = settings;
  if (ask.protocol === 'udp') {
    return withinDeadline(ask, (signal) => overUdp(ask, port, mark, signal));
  }
  return exchangeOver(ask, (signal) =>
    connectTcp({ address: ask.server, port, mark, timeoutMs: ask.deadline, signal }),
  );
}

/** The same by a stream to the server that the caller opens, whatever protocol was asked for. */
export function exchangeOver(
  ask: Exchange,
  open: (signal: AbortSignal) => Promise<Duplex>,
): Promise<Answer> {
  const overTcp: Exchange = { ...ask, protocol: 'tcp' };
  return withinDeadline(overTcp, async (signal) => overStream(overTcp, await open(signal), signal));
}

async function withinDeadline(
  ask: Exchange,
  exchanged: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.any([ask.signal, AbortSignal.timeout(ask.deadline)]);
  try {
    return await exchanged(signal);
  } catch (error) {
    ask.signal.throwIfAborted();
    if (signal.aborted) {
      throw noAnswer(ask, `no answer within ${ask.deadline / 1000} s`, 'ETIMEDOUT', error);
    }
    if (error instanceof EnvironmentError || error instanceof TuntapError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw noAnswer(ask, code, code, error);
  }
}

async function overUdp(
  ask: Exchange,
  port: number,
  mark: number,
  signal: AbortSignal,
): Promise<Answer> {
  const socket = await connectUdp({ address: ask.server, port, mark });
  try {
    // An ICMP error, such as "port unreachable", arrives as an error of the socket.
    const messages = on(socket, 'message', { signal });
    socket.send(encodeQuestion(ask.question));
    for await (const [bytes] of messages as AsyncIterable<[Uint8Array]>) {
      const answer = readAnswer(bytes, ask.question);
      // Something else from the server's own address and port: a late answer, or a guess of a forger.
      if (answer.kind !== 'unrelated') return answer;
    }
    throw noAnswer(ask, 'the socket was closed', 'ECONNABORTED');
  } finally {
    socket.close();
  }
}

async function overStream(ask: Exchange, socket: Duplex, signal: AbortSignal): Promise<Answer> {
  try {
    const chunks = on(socket, 'data', { signal, close: ['end', 'close'] });
    const message = encodeQuestion(ask.question);
    socket.write(Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]));
    let bytes = Buffer.alloc(0);
    for await (const [chunk] of chunks as AsyncIterable<[Buffer]>) {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 2) continue;
      // The length itself bounds what is read.
      const end = 2 + bytes.readUInt16BE(0);
      if (bytes.length < end) continue;
      const answer = readAnswer(bytes.subarray(2, end), ask.question);
      if (answer.kind !== 'unrelated' && answer.kind !== 'truncated') return answer;
      throw noAnswer(ask, 'its answer is not valid', 'EBADMSG');
    }
    throw noAnswer(ask, 'it closed the connection', 'ECONNRESET');
  } finally {
    socket.destroy();
  }
}

function noAnswer(ask: Exchange, problem: string, errno: string, cause?: unknown): Error {
  return new EnvironmentError(`DNS server ${ask.server} over ${ask.protocol}: ${problem}`, {
    errno,
    syscall: 'DNS',
    cause,
  });
}
