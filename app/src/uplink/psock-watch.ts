/**
 * Gets notified by psockd when a host begins to answer, and when the network of the host is another one
 * (docs/protocol/psockd.md, "watch"), so that psockd need not be polled. Where psockd is not there, or goes, it is
 * looked for again.
 */
import { connect, type Socket } from 'node:net';
import { Backoff } from '../core/backoff.ts';
import { seconds, type Clock, type Duration } from '../core/time.ts';

export interface PsockWatchOptions {
  /** Of psockd. */
  readonly socket: string;
  /** A host answers: at the beginning, and whenever one begins to. */
  readonly onAnswering: () => void;
  /** Connections that the host makes now may begin elsewhere, and reach other servers, than before. */
  readonly onMoved: () => void;
  readonly firstRetry?: Duration;
  readonly clock: Pick<Clock, 'schedule'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** To be refused costs a machine without psockd next to nothing. */
const longestRetry = seconds(5);
/** The longest line of psockd is shorter. */
const maxLineBytes = 64;

export interface PsockWatch {
  /**
   * psockd is about to be used, and no move after that may be missed: ends the wait for the next attempt, and where a
   * connection ends of which that is not known yet, there is none.
   */
  retryNow(): void;
  /** Idempotent. */
  stop(): void;
}

export function watchPsock(options: PsockWatchOptions): PsockWatch {
  const { socket, onAnswering, onMoved, firstRetry = seconds(1), clock, random } = options;
  const retry = new Backoff({ first: firstRetry, longest: longestRetry, random });
  let stream: Socket;
  let cancel: (() => void) | undefined;
  /** Since this connection was begun; its end may be on the way. */
  let isWanted = false;
  let isStopped = false;

  function begin(): void {
    let line = '';
    cancel = undefined;
    isWanted = false;
    stream = connect(socket);
    stream.setEncoding('latin1');
    stream.write('watch\n');
    stream.on('data', (text: string) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      if (line.length > maxLineBytes) return void stream.destroy();
      for (const word of lines) {
        if (word.startsWith('error ')) continue;
        retry.reset();
        if (isStopped) continue;
        if (word === 'answering') onAnswering();
        if (word === 'moved') onMoved();
      }
    });
    // Has the reason; that it has ended is enough here.
    stream.on('error', () => undefined);
    stream.on('close', () => {
      if (isStopped) return;
      if (isWanted) begin();
      else cancel = clock.schedule(retry.next(), begin);
    });
  }
  begin();

  return {
    retryNow() {
      if (isStopped) return;
      if (cancel === undefined) {
        isWanted = true;
        return;
      }
      cancel();
      begin();
    },
    stop() {
      isStopped = true;
      cancel?.();
      stream.destroy();
    },
  };
}
