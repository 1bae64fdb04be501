/**
 * What the program shows: a line per event, for people or as JSON. A line for people ends with the code of the event,
 * as those of the daemons on the card do.
 */
import type { MessageCode } from '../../platform/message-codes.ts';
import { systemClock } from '../../platform/deadline-timer.ts';
import { RateLimit } from './rate-limit.ts';

interface Place {
  readonly address: string;
  readonly port: number;
}

export type HostEvent =
  | { readonly event: 'waiting' }
  | { readonly event: 'card'; readonly card: string; readonly mode: 'windowed' | 'plain' }
  | { readonly event: 'gone'; readonly card: string }
  | { readonly event: 'trouble'; readonly card: string; readonly reason: string }
  | ({ readonly event: 'connected'; readonly device: string } & Place)
  | ({ readonly event: 'closed'; readonly sent: number; readonly received: number } & Place)
  | ({ readonly event: 'reset'; readonly reason: string } & Place)
  | ({ readonly event: 'refused'; readonly reason: string } & Place)
  | ({ readonly event: 'failed'; readonly errno: string; readonly reason: string } & Place)
  | { readonly event: 'skipped'; readonly count: number };

export type Report = (event: HostEvent) => void;

/** What a card can make happen as often as it likes is shown so many times at once, and then so many times a second. */
const linesAtOnce = 200;
const linesPerSecond = 10;

export function reporter(
  isJson: boolean,
  write: (line: string) => void,
  now: () => number = () => systemClock.now(),
): Report {
  const limit = new RateLimit(linesAtOnce, linesPerSecond, now());
  let count = 0;
  const show = (event: HostEvent): void =>
    write(`${isJson ? JSON.stringify(event) : `${inWords(event)} [${codeOf(event)}]`}\n`);
  return (event) => {
    if ('address' in event && !limit.take(now())) {
      count++;
      return;
    }
    if (count > 0) show({ event: 'skipped', count });
    count = 0;
    show(event);
  };
}

function codeOf({ event }: HostEvent): MessageCode {
  const code = {
    waiting: 'card-awaited',
    card: 'card-served',
    gone: 'card-unplugged',
    trouble: 'card-not-served',
    connected: 'socket-connected',
    closed: 'socket-closed',
    reset: 'socket-reset',
    refused: 'socket-refused',
    failed: 'socket-failed',
    skipped: 'lines-omitted',
  } as const satisfies Record<HostEvent['event'], MessageCode>;
  return code[event];
}

function inWords(event: HostEvent): string {
  switch (event.event) {
    case 'waiting':
      return 'waiting for a router card';
    case 'card':
      return `card ${event.card}: serving it${event.mode === 'plain' ? ', without window (older card): about 250 kB/s' : ''}`;
    case 'gone':
      return `card ${event.card}: disconnected`;
    case 'trouble':
      return `card ${event.card}: ${event.reason}`;
    case 'connected':
      return `${place(event)}: connected through ${event.device}`;
    case 'closed':
      return `${place(event)}: closed, ${event.sent} bytes sent, ${event.received} received`;
    case 'reset':
      return `${place(event)}: reset, ${event.reason}`;
    case 'refused':
      return `${place(event)}: refused, ${event.reason}`;
    case 'failed':
      return `${place(event)}: failed, ${event.reason}`;
    case 'skipped':
      return `${event.count} lines omitted: the card causes too many events`;
  }
}

function place({ address, port }: Place): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
