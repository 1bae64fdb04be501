/**
 * The control socket of wpa_supplicant (wpa_ctrl.h): one datagram per command, one per answer, and events in between
 * for each attached client. Our end has an abstract name: a path would have to be writable for wpa_supplicant's user.
 */
import { randomBytes } from 'node:crypto';
import { SocketError, UnixDatagram } from 'tuntap2';
import { EnvironmentError } from '../../../core/errors.ts';
import { seconds, type Duration } from '../../../core/time.ts';
import { systemClock } from '../../../platform/deadline-timer.ts';

const answerTime = seconds(10);
const decoder = new TextDecoder();

export class WpaControl {
  readonly #socket: UnixDatagram;
  readonly #path: string;
  #answer: ((reply: string | EnvironmentError) => void) | undefined;
  #onEvent: (line: string) => void = () => undefined;

  private constructor(socket: UnixDatagram, path: string) {
    this.#socket = socket;
    this.#path = path;
  }

  /** Throws EnvironmentError without a listener there. */
  static open(path: string): WpaControl {
    const socket = openDatagram(path);
    const control = new WpaControl(socket, path);
    try {
      socket.bind(`@enftun-wifi-${process.pid}-${randomBytes(6).toString('hex')}`);
      socket.connect(path);
      socket.start({
        onMessage: ({ data }) => control.#receive(decoder.decode(data)),
        onError: (error) => control.#settle(asUnusable(path, error)),
      });
    } catch (error) {
      socket.close();
      throw asUnusable(path, error);
    }
    return control;
  }

  /** The answer without its line end. One command at a time. Throws EnvironmentError. */
  async request(command: string, deadline: Duration = answerTime): Promise<string> {
    const reply = await new Promise<string | EnvironmentError>((resolve) => {
      const cancelDeadline = systemClock.schedule(deadline, () => {
        const problem = `${this.#path}: wpa_supplicant does not answer; restart it`;
        this.#settle(new EnvironmentError(problem, { errno: 'ETIMEDOUT', syscall: 'wpa' }));
      });
      this.#answer = (answer) => {
        cancelDeadline();
        this.#answer = undefined;
        resolve(answer);
      };
      try {
        // False: the queue of a wpa_supplicant that does not read is full. The deadline says so.
        this.#socket.send(command);
      } catch (error) {
        this.#settle(asUnusable(this.#path, error));
      }
    });
    if (typeof reply !== 'string') throw reply;
    return reply.replace(/\n$/, '');
  }

  /** Events from now on, a line each. */
  async attach(onEvent: (line: string) => void): Promise<void> {
    this.#onEvent = onEvent;
    await this.request('ATTACH');
  }

  close(): void {
    const problem = `${this.#path}: closed while waiting`;
    this.#settle(new EnvironmentError(problem, { errno: 'ECANCELED', syscall: 'wpa' }));
    this.#socket.close();
  }

  #receive(text: string): void {
    // Answers never begin with a level in brackets.
    if (/^<\d>/.test(text)) this.#onEvent(text);
    else this.#settle(text);
  }

  #settle(answer: string | EnvironmentError): void {
    this.#answer?.(answer);
  }
}

function openDatagram(path: string): UnixDatagram {
  try {
    return new UnixDatagram();
  } catch (error) {
    throw asUnusable(path, error);
  }
}

function asUnusable(path: string, error: unknown): EnvironmentError {
  if (!(error instanceof SocketError)) throw error;
  const problems: Record<string, string> = {
    ENOENT: 'there is no WiFi here, or wpa_supplicant does not run on it',
    ECONNREFUSED: 'wpa_supplicant has ended',
    EACCES: 'only root may ask wpa_supplicant',
    EPERM: 'only root may ask wpa_supplicant',
  };
  const problem = problems[error.errno] ?? error.message;
  return new EnvironmentError(`${path}: ${problem}`, {
    errno: error.errno,
    syscall: error.syscall,
    cause: error,
  });
}
