/** The card's page in the lab: the way that the card's own script lays, and the program, listening in its namespace. */
import path from 'node:path';
import { hasLogged } from './logged.ts';
import { Capture } from './capture.ts';
import type { Namespace } from './namespace.ts';
import { logFile, program } from './paths.ts';
import { Program, run, type Output } from './process.ts';
import { usbInterface } from './topology.ts';

const script = path.resolve(import.meta.dirname, '../../../overlay/usr/lib/card/host-page');
const namespace = 'host-page';

export class HostPage {
  readonly #card: Namespace;
  readonly program: Program;

  private constructor(card: Namespace, served: Program) {
    this.#card = card;
    this.program = served;
  }

  /** `statusSocket` as the service's configuration names it. */
  static async open(card: Namespace, statusSocket: string): Promise<HostPage> {
    await layWay(card);
    const argv = [...program('enftun'), 'page', '--socket', statusSocket, '--listen', '[::]:80'];
    const command = ['ip', 'netns', 'exec', namespace, ...argv];
    const served = Program.start('page', command, { log: logFile('page') });
    const page = new HostPage(card, served);
    await served.until('the page listens', 20, () => hasLogged(served.log(), 'page-serving'));
    return page;
  }

  /** What passes between the card and the page's namespace. */
  capture(filter = ''): Promise<Capture> {
    return Capture.start(this.#card, 'page0', filter);
  }

  /** Entries of its table, whatever their state. */
  async neighbours(): Promise<number> {
    const argv = ['ip', '-n', namespace, '-6', '-o', 'neighbour', 'show', 'nud', 'all'];
    const { stdout } = await run(argv);
    return stdout.split('\n').filter((line) => line !== '' && !line.includes('NOARP')).length;
  }

  async close(): Promise<void> {
    await this.program.kill();
    // The pair of interfaces and the rules go with it, and with the card.
    await run(['ip', 'netns', 'delete', namespace]);
  }
}

/** `ip netns exec` would hide the namespace that the script makes: only the network is entered. */
function layWay(card: Namespace): Promise<Output> {
  return run(['nsenter', `--net=/run/netns/${card.name}`, 'sh', script, 'open', usbInterface]);
}
