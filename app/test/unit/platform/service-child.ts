/** A service that takes a while to end, for program.test.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram } from '../../../src/platform/program.ts';

startProgram('service', async ({ stdout, signal, serve }) => {
  serve();
  const life = setInterval(() => undefined, 1000);
  const told = new Promise((resolve) => signal.addEventListener('abort', resolve));
  stdout('ready\n');
  await told;
  stdout('ending\n');
  await sleep(1000);
  clearInterval(life);
  stdout('ended\n');
  return 7;
});
