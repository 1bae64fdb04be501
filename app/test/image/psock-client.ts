/** A client of psockd on the card: downloads from a web server of the lab, or uploads to it, over psock. */
import type { SerialConsole } from '../harness/qemu/console.ts';
import { testSha256 } from '../harness/test-bytes.ts';
import { patience } from './card-fixture.ts';

/** Runs on the card. Arguments: address, "down" or "up", bytes, seed. Prints the SHA-256, or psockd's refusal. */
const program = String.raw`
const net = require('net'), http = require('http'), crypto = require('crypto');
const [to, mode, bytes, seed] = process.argv.slice(2);
const stream = net.connect('/run/psock/socket');
const end = (text) => { console.log(text); process.exit(0); };
stream.on('error', (error) => end(error.code));
stream.on('close', () => end('closed'));
stream.write('connect ' + to + ' 80 60000\n');
stream.once('readable', () => {
  const answer = String(stream.read()).trim();
  if (answer !== 'ok') return end(answer);
  const upload = mode === 'up';
  const request = http.request({ createConnection: () => stream, host: 'x',
    method: upload ? 'POST' : 'GET', path: '/' + bytes + '/' + seed });
  request.on('error', (error) => end(error.code));
  request.on('response', async (response) => {
    const hash = crypto.createHash('sha256');
    let text = '';
    try { for await (const chunk of response) { hash.update(chunk); if (upload) text += chunk; } }
    catch (error) { return end(error.code); }
    end(upload ? JSON.parse(text).sha256 : hash.digest('hex'));
  });
  if (!upload) return request.end();
  const key = crypto.createHash('sha256').update(seed).digest();
  const cipher = crypto.createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  let left = Number(bytes);
  const push = () => {
    while (left > 0) {
      const chunk = cipher.update(Buffer.alloc(Math.min(left, 65536)));
      left -= chunk.length;
      if (!request.write(chunk)) return request.once('drain', push);
    }
    request.end();
  };
  push();
});`;

const file = '/run/psock-client.cjs';

export async function installPsockClient(card: SerialConsole): Promise<void> {
  const text = Buffer.from(program).toString('base64');
  await card.run(`echo ${text} | base64 -d >${file}`);
}

/** The command; its output is what `psockTransferDone` says, or why not. */
export function psockTransfer(
  address: string,
  direction: 'down' | 'up',
  bytes: number,
  seed = 'psock',
): string {
  return `node ${file} ${address} ${direction} ${bytes} ${seed}`;
}

export function psockTransferDone(bytes: number, seed = 'psock'): string {
  return testSha256(bytes, seed);
}

export interface PsockdStatus {
  readonly host: 'unplugged' | 'silent' | 'answering';
  readonly isWindowed: boolean;
  readonly sockets: number;
}

export async function psockdStatus(card: SerialConsole): Promise<PsockdStatus> {
  const text = await card.read('psockd status', { deadlineSeconds: 30 * patience });
  // Of the same version as these tests.
  return JSON.parse(text) as PsockdStatus;
}
