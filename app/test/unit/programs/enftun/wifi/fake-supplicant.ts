/** Stands at the other end of a control socket: answers each command from a table, sends events on request. */
import path from 'node:path';
import { UnixDatagram } from 'tuntap2';

export type Answers = Record<string, string | ((fake: FakeSupplicant) => string | undefined)>;

export class FakeSupplicant {
  readonly path: string;
  readonly asked: string[] = [];
  readonly #socket = new UnixDatagram();
  #client = '';

  constructor(folder: string, answers: Answers) {
    this.path = path.join(folder, 'wlan0');
    this.#socket.bind(this.path);
    this.#socket.start({
      onMessage: ({ data, from }) => {
        this.#client = from;
        const command = new TextDecoder().decode(data);
        this.asked.push(command);
        const answer = answers[command] ?? 'UNKNOWN COMMAND\n';
        const text = typeof answer === 'string' ? answer : answer(this);
        if (text !== undefined) this.#socket.send(text, { to: from });
      },
      onError: (error) => {
        throw error;
      },
    });
  }

  tell(event: string): void {
    this.#socket.send(event, { to: this.#client });
  }

  close(): void {
    this.#socket.close();
  }
}
