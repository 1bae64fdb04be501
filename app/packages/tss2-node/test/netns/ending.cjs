/**
 * A program that ends while a TPM may still owe it an answer, in the way that ENDING names; `wait` waits to be killed.
 * It uses the addon alone, because a worker of an old Node.js loads no TypeScript.
 */
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const { ADDON, TCTI, ENDING } = process.env;
/** TPM2_GetRandom of one byte. */
const command = Uint8Array.from([0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 1]);
const operationTransmit = 0;
const underWayMs = 200;

async function useTpm() {
  const channel = require(ADDON).openChannel(TCTI);
  const answer = new Promise((resolve) => channel.start(operationTransmit, command, resolve));
  if (ENDING === 'idle') {
    // Not closed: the open connection must not keep the process.
    const code = await answer;
    if (code !== 0) throw new RangeError(`the TPM answered with ${code}`);
    return;
  }
  await (ENDING === 'wait' ? answer : new Promise((resolve) => setTimeout(resolve, underWayMs)));
}

async function endWorkers() {
  for (let i = 0; i < 2; i++) {
    const worker = new Worker(__filename);
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
  }
}

async function main() {
  if (ENDING === 'worker' && isMainThread) {
    await endWorkers();
    return;
  }
  await useTpm();
  if (!isMainThread) parentPort.postMessage('under way');
  if (ENDING === 'exit') process.exit(0);
}

void main();
