/**
 * psockd and psock-host with an imitated cable between them, for a lab without USB. Runs where the host is: the card's
 * programs reach it by psockd's socket, a file, whatever network namespace they are in.
 *
 *     borrowed-sockets.ts SOCKET CARD-INTERFACE RULE...
 */
import { CardDriver, connectFor, parseRule, reporter } from 'psock-host';
import { stderrLogger } from '../src/service/log.ts';
import { runDaemon } from '../src/service/psock/daemon.ts';
import { FakeCable } from './fake-cable.ts';

const [socket = '', cardInterface = '', ...rules] = process.argv.slice(2);

function fail(error: Error): never {
  console.error(error.message);
  process.exit(1);
}

const cable = new FakeCable(cardInterface);
const report = reporter(true, (line) => process.stdout.write(line));
const daemon = runDaemon({
  folder: '/nonexistent',
  socket,
  log: stderrLogger('info'),
  environment: {},
  signal: new AbortController().signal,
  openPort: (_, onEvent) => cable.open(onEvent),
});
daemon.catch(fail);

const host: CardDriver = new CardDriver({
  port: cable.hostPort,
  maxSockets: 8,
  onSession: (isWindowed) => console.log(isWindowed ? 'windowed' : 'plain'),
  onFailure: fail,
  onConnect: (to, answer) =>
    connectFor(to, answer, {
      rules: rules.flatMap((rule) => parseRule(rule) ?? fail(new TypeError(`no rule: ${rule}`))),
      cardInterfaces: () => cable.hostPort.networkInterfaces(),
      report,
      pump: host.pump,
    }),
});
cable.plug();
await host.start();
