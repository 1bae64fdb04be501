/** HTTP transfers between two namespaces, each proved by SHA-256. */
import { isListening } from './enf.ts';
import type { Namespace } from './namespace.ts';
import { logFile, script } from './paths.ts';
import { CommandFailed, type Program } from './process.ts';
import { testSha256 } from './test-bytes.ts';

const webPort = 80;

export async function startWebServer(namespace: Namespace, address: string): Promise<Program> {
  const name = `web-${namespace.name}`;
  const server = namespace.start(
    name,
    [...script('test/harness/web.ts'), 'serve', address, `${webPort}`],
    {
      log: logFile(name),
    },
  );
  await server.until('the web server listens', 60, () => isListening(namespace, webPort));
  return server;
}

export interface Transfer {
  readonly bytes: number;
  readonly sha256: string;
  readonly seconds: number;
}

/** Moves `bytes` bytes between a client in `from` and the server at `address`; a wrong checksum is an error. */
export async function transfer(
  from: Namespace,
  address: string,
  direction: 'download' | 'upload',
  bytes: number,
  deadlineSeconds = 60,
): Promise<Transfer> {
  const seed = `${direction}-${bytes}`;
  const url = `http://[${address}]:${webPort}/`;
  const command =
    direction === 'download' ? ['get', `${url}${bytes}/${seed}`] : ['post', url, `${bytes}`, seed];
  const { stdout } = await from.run([...script('test/harness/web.ts'), ...command], {
    deadlineSeconds,
  });
  const result = JSON.parse(stdout) as Transfer;
  if (result.bytes !== bytes || result.sha256 !== testSha256(bytes, seed)) {
    throw new CommandFailed(
      `${direction} of ${bytes} bytes arrived as ${result.bytes} bytes with SHA-256 ${result.sha256}`,
    );
  }
  return result;
}
