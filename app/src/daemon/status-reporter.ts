/** The one place with the state of the service: the status document, and the socket that serves it. */
import type { Server } from 'node:net';
import { EnvironmentError } from '../core/errors.ts';
import { systemErrno } from '../platform/system-errno.ts';
import type { Link } from '../link/link.ts';
import type { HostAttachment } from './host-attachment.ts';
import type { Config } from '../config/config.ts';
import { version } from '../platform/version.ts';
import type { Clock } from '../core/time.ts';
import type { Logger } from '../platform/log.ts';
import type { TunnelState } from '../tunnel/tunnel-state.ts';
import { buildStatus } from '../status/build-status.ts';
import type { StatusDocument } from '../status/status-document.ts';
import { socketToOpen } from '../platform/status-paths.ts';
import { openStatusSocket } from '../platform/status-socket.ts';
import type { StorageStatus } from '../status/storage.ts';
import { storageWords } from '../status/format-storage.ts';

export interface StatusReporterOptions {
  /** Asked each time: a reload changes it. */
  readonly config: () => Pick<Config, 'file' | 'remote' | 'status'>;
  readonly tunnel: () => TunnelState;
  readonly link: Pick<Link, 'kind' | 'device' | 'problem'>;
  readonly attachment: Pick<HostAttachment, 'hasCarrier' | 'traffic'>;
  /** Asked each time: the kernel changes it. */
  readonly storage: () => StorageStatus | null;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Root, and the group of the service. */
const socketMode = 0o660;

export class StatusReporter {
  readonly #options: StatusReporterOptions;
  readonly #startedAt: ReturnType<Clock['now']>;
  #socket: Server | undefined;
  #isClosed = false;

  constructor(options: StatusReporterOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  get document(): StatusDocument {
    const { config, tunnel, link, attachment, storage, clock } = this.#options;
    return buildStatus({
      config: config(),
      versions: { enftun: version, node: process.version },
      tunnel: tunnel(),
      link: {
        type: link.kind,
        interface: link.device.name,
        hasCarrier: attachment.hasCarrier,
        problem: link.problem ?? null,
      },
      storage: storage(),
      traffic: attachment.traffic,
      memoryBytes: residentBytes(),
      startedAt: this.#startedAt,
      now: clock.now(),
      date: new Date(),
    });
  }

  /** Answers at the status socket from now on. Without that socket there is still a tunnel. */
  async open(): Promise<void> {
    const { config, environment, storage, log } = this.#options;
    const trouble = storageWords(storage());
    if (trouble !== undefined) log.warning('storage-problem', trouble.problem);
    const path = socketToOpen(config().status.socket, environment);
    if (path === undefined) return;
    try {
      const state = (): string => `${JSON.stringify(this.document)}\n`;
      const socket = await openStatusSocket({ path, mode: socketMode, state });
      if (this.#isClosed) socket.close();
      else this.#socket = socket;
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      log.warning('status-socket-failed', error.message);
    }
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/** Null if it cannot be read, as without a free file descriptor. */
function residentBytes(): number | null {
  try {
    return process.memoryUsage.rss();
  } catch (error) {
    if (systemErrno(error).code === 'EUNKNOWN') throw error;
    return null;
  }
}
