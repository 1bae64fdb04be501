/**
 * A small web server and client for the lab, run as programs inside the namespaces.
 *
 *   web.ts serve ADDRESS PORT            GET /BYTES/SEED sends bytes; POST / answers the body's SHA-256 and who sent it
 *   web.ts get URL                       prints {bytes, sha256, seconds}
 *   web.ts post URL BYTES SEED           sends bytes, prints the answer as {bytes, sha256, seconds}
 */
import { createHash } from 'node:crypto';
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../src/core/errors.ts';
import { testBytes } from './test-bytes.ts';

async function digest(stream: AsyncIterable<Buffer>): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  if (request.method === 'POST') {
    const from = request.socket.remoteAddress;
    response.end(JSON.stringify({ ...(await digest(request)), from }));
    return;
  }
  const [, count = '0', seed = ''] = (request.url ?? '').split('/');
  response.setHeader('content-length', count);
  await pipeline(Readable.from(testBytes(Number(count), seed)), response);
}

function serve(address: string, port: number): void {
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error('request failed:', error);
      response.destroy();
    });
  });
  // A large transfer through an emulated card takes longer than the five minutes that Node allows.
  server.requestTimeout = 0;
  server.listen(port, address);
}

function send(url: string, method: string, body: Readable): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, timeout: 60_000 });
    request.on('response', resolve);
    request.on('error', reject);
    request.on('timeout', () => {
      request.destroy(
        new EnvironmentError('no progress for 60 s', { errno: 'ETIMEDOUT', syscall: 'http' }),
      );
    });
    pipeline(body, request).catch(reject);
  });
}

async function main([command, target = '', ...rest]: string[]): Promise<void> {
  if (command === 'serve') {
    serve(target, Number(rest[0]));
    return;
  }
  const start = performance.now();
  let result: { bytes: number; sha256: string };
  if (command === 'post') {
    const [bytes = '0', seed = ''] = rest;
    const response = await send(target, 'POST', Readable.from(testBytes(Number(bytes), seed)));
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
    result = JSON.parse(text) as typeof result;
  } else {
    result = await digest(await send(target, 'GET', Readable.from([])));
  }
  console.log(JSON.stringify({ ...result, seconds: (performance.now() - start) / 1000 }));
}

await main(process.argv.slice(2));
