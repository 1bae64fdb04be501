/**
 * The descriptor store of the unit that runs this program (sd_notify(3), FDSTORE=1): what lies there stays open after
 * the program has ended, across restarts of the unit, too.
 */
import { UnixDatagram } from 'tuntap2';
import { EnvironmentError } from '../../core/errors.ts';
import { milliseconds } from '../../core/time.ts';
import { pause } from '../../platform/pause.ts';
import { unitProperty } from './gadget-unit.ts';

const attempts = 20;
const betweenAttempts = milliseconds(100);

export class DescriptorStore {
  readonly #supervisor: string;
  readonly #name: string;

  /** `supervisor` is NOTIFY_SOCKET; `name` identifies the descriptor within the unit (FDNAME). */
  constructor(supervisor: string, name: string) {
    this.#supervisor = supervisor;
    this.#name = name;
  }

  /** Rejects with an EnvironmentError when systemd does not hold it: then it ends with this process. */
  async keep(fd: number): Promise<void> {
    // Not polled: systemd would close a descriptor that reports an error.
    await this.#send(`FDSTORE=1\nFDNAME=${this.#name}\nFDPOLL=0`, [fd]);
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (Number(await unitProperty('NFileDescriptorStore')) > 0) return;
      await pause(betweenAttempts);
    }
    throw new EnvironmentError(
      "systemd did not keep psock's endpoint 0; the unit needs NotifyAccess=exec and FileDescriptorStoreMax=1",
      { errno: 'ETIMEDOUT', syscall: 'sendmsg' },
    );
  }

  /** What lies there under this name. systemd closes it soon afterwards. */
  release(): Promise<void> {
    return this.#send(`FDSTOREREMOVE=1\nFDNAME=${this.#name}`, []);
  }

  async #send(message: string, fds: number[]): Promise<void> {
    const socket = new UnixDatagram();
    try {
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (socket.send(message, { to: this.#supervisor, fds })) return;
        await pause(betweenAttempts);
      }
    } finally {
      socket.close();
    }
    throw new EnvironmentError('systemd does not read what its units report', {
      errno: 'EAGAIN',
      syscall: 'sendmsg',
    });
  }
}
