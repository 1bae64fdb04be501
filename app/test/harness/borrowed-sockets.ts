/**
 * psockd and psock-host with an imitated cable between them, for a lab without USB. Runs where the host is: the card's
 * programs reach it by psockd's socket, a file, whatever network namespace they are in.
 *
 *     borrowed-sockets.ts SOCKET CARD-INTERFACE RULE...
 */
import { HostUsbDriver } from 'psock-host';
import { NetworkWatch } from '../../src/programs/psock-host/network-watch.ts';
import { parseRule } from '../../src/programs/psock-host/policy.ts';
import { reporter } from '../../src/programs/psock-host/report.ts';
import { SocketLender } from '../../src/programs/psock-host/lender.ts';
import { stderrLogger } from '../../src/platform/log.ts';
import { runDaemon } from '../../src/programs/psockd/daemon.ts';
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

const maxSockets = 8;
const lender = new SocketLender({
  rules: rules.map((rule) => parseRule(rule) ?? fail(new TypeError(`not a rule: ${rule}`))),
  maxSockets,
  deviceInterfaces: () => cable.hostPort.networkInterfaces(),
  report,
  onMoved: () => host.tellMoved(),
});
const host = new HostUsbDriver({
  port: cable.hostPort,
  maxSockets,
  onSession: (isWindowed) => console.log(isWindowed ? 'windowed' : 'plain'),
  onFailure: fail,
  onConnect: (to, answer) => lender.connect(to, answer),
});
cable.plug();
await host.start();
new NetworkWatch({ look: () => lender.networkChanged() }).start();
