/**
 * Reports to systemd how the service is doing (sd_notify(3), sd_watchdog_enabled(3)). Without NOTIFY_SOCKET every call
 * does nothing; a message that cannot be sent is dropped: supervision must never be what ends a service.
 *
 * The environment is read and left as it is. NOTIFY_SOCKET on vsock (for virtual machines) is not supported.
 */
import { UnixDatagram } from 'tuntap2';
import { clip } from '../core/bounded-text.ts';
import { milliseconds, type Duration } from '../core/time.ts';

export interface NotifyEnvironment {
  NOTIFY_SOCKET?: string | undefined;
  WATCHDOG_USEC?: string | undefined;
  WATCHDOG_PID?: string | undefined;
}

const retryMs = 100;
/** Characters of STATUS=, which `systemctl status` shows on one line. */
export const longestStatus = 500;

export class SystemdNotify {
  readonly #name: string | undefined;
  #socket: UnixDatagram | undefined;
  /** Newest value of each variable that has not been sent. */
  readonly #unsent = new Map<string, string>();
  #retry: NodeJS.Timeout | undefined;
  #isReady = false;
  /** Reported and not at their end. */
  #reloads = 0;
  /**
   * How often to call `watchdog`: half of what the unit's WatchdogSec= allows. Undefined when no watchdog waits for
   * this process.
   */
  readonly watchdogInterval: Duration | undefined;

  constructor(environment: NotifyEnvironment, pid: number) {
    const name = environment.NOTIFY_SOCKET;
    this.#name = name?.startsWith('/') || name?.startsWith('@') ? name : undefined;
    this.watchdogInterval = this.#name === undefined ? undefined : intervalFor(environment, pid);
  }

  /** Whether a supervisor listens. */
  get isSupervised(): boolean {
    return this.#name !== undefined;
  }

  ready(status?: string): void {
    this.#send({ READY: '1', STATUS: statusText(status) });
  }

  /** What a service does now. The first report is also that it is ready: it has started, whatever comes of it. */
  state(text: string): void {
    if (this.#isReady) return this.status(text);
    this.#isReady = true;
    this.ready(text);
  }

  /** One line for `systemctl status`. */
  status(text: string): void {
    this.#send({ STATUS: statusText(text) });
  }

  stopping(status?: string): void {
    this.#send({ STOPPING: '1', STATUS: statusText(status) });
  }

  /**
   * Reports a reload for as long as it takes. systemd takes the next READY=1 as the end of all reloads that it has
   * asked for: while several overlap, only the end of the last one is reported. A failure is the caller's to handle.
   */
  async whileReloading(reload: () => Promise<void>): Promise<void> {
    this.#reloads++;
    this.reloading();
    await reload();
    this.#reloads--;
    if (this.#reloads === 0) this.ready();
  }

  /** Starts a reload, which `ready` ends. The time must be CLOCK_MONOTONIC's, which `process.hrtime` reads. */
  reloading(monotonicNanoseconds: bigint = process.hrtime.bigint()): void {
    this.#send({ RELOADING: '1', MONOTONIC_USEC: String(monotonicNanoseconds / 1000n) });
  }

  /** Reports now and then, from the event loop: one that hangs is a service that hangs. Returns the way to stop. */
  startWatchdog(): () => void {
    if (this.watchdogInterval === undefined) return () => undefined;
    const beat = setInterval(() => this.watchdog(), this.watchdogInterval);
    return () => clearInterval(beat);
  }

  /** The service is alive. */
  watchdog(): void {
    this.#send({ WATCHDOG: '1' });
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#unsent.clear();
    this.#socket?.close();
    this.#socket = undefined;
  }

  #send(assignments: Record<string, string | undefined>): void {
    if (this.#name === undefined) return;
    for (const [key, value] of Object.entries(assignments)) {
      if (value === undefined) continue;
      this.#unsent.delete(key);
      // A line break would begin another assignment.
      this.#unsent.set(key, value.replace(/[\r\n]+/g, ' '));
    }
    this.#flush(this.#name);
  }

  #flush(name: string): void {
    clearTimeout(this.#retry);
    const lines = [...this.#unsent].map(([key, value]) => `${key}=${value}`);
    try {
      this.#socket ??= new UnixDatagram();
      if (this.#socket.send(lines.join('\n'), { to: name })) return this.#unsent.clear();
    } catch {
      return this.close();
    }
    // The supervisor is busy. A lost READY=1 would cost the service its life, so it is tried again.
    this.#retry = setTimeout(() => this.#flush(name), retryMs);
    this.#retry.unref();
  }
}

function statusText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : clip(text, longestStatus);
}

function intervalFor(environment: NotifyEnvironment, pid: number): Duration | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  const microseconds = Number(WATCHDOG_USEC);
  if (!/^[0-9]+$/.test(WATCHDOG_USEC ?? '') || microseconds === 0) return undefined;
  return milliseconds(microseconds / 2000);
}
