/**
 * One POST over verified TLS: a bounded answer or an error, no redirect followed, no second attempt. The signal of the
 * caller is its deadline.
 */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import { EnvironmentError } from '../../core/errors.ts';
import { CallError } from './call-error.ts';
import { explainFailure } from './call-failure.ts';
import { connectSecurely, type ConnectionOptions } from './secure-connection.ts';

export interface PostRequest extends ConnectionOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Far more than any answer of the service has. */
export const longestAnswer = 64 * 1024;

/** Rejects with a CallError. */
export async function post(request: PostRequest): Promise<Answer> {
  let hasBegun = false;
  try {
    const socket = await connectSecurely(request.url, request);
    try {
      const sent = http.request({
        createConnection: () => socket,
        host: request.url.hostname,
        method: 'POST',
        path: request.url.pathname,
        headers: {
          ...request.headers,
          Host: request.url.host,
          'Content-Length': request.body.length,
          Connection: 'close',
        },
        signal: request.signal,
      });
      hasBegun = true;
      sent.end(request.body);
      const response = await responseTo(sent);
      return { status: response.statusCode ?? 0, body: await bodyOf(response) };
    } finally {
      socket.destroy();
    }
  } catch (cause) {
    if (cause instanceof CallError) throw cause;
    throw new CallError(explainFailure(request.url, cause), {
      errno: cause instanceof EnvironmentError ? cause.errno : 'ECALL',
      syscall: 'post',
      mayHaveArrived: hasBegun,
      cause,
    });
  }
}

/** Resolves with the headers; what fails afterwards is reported by the response. */
function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
    // Node.js does not take status 101 for a response, and gives the connection away.
    sent.on('upgrade', (_, socket) => {
      socket.destroy();
      const problem = 'switches to another protocol';
      reject(new EnvironmentError(problem, { errno: 'EPROTO', syscall: 'read' }));
    });
    sent.on('close', () => {
      const problem = 'closed the connection';
      reject(new EnvironmentError(problem, { errno: 'ECONNRESET', syscall: 'read' }));
    });
  });
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestAnswer) {
      const problem = `its answer is longer than ${longestAnswer} bytes`;
      throw new EnvironmentError(problem, { errno: 'EMSGSIZE', syscall: 'read' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
