/** How the services beside the tunnel begin to listen. */
import type { AddressInfo, Server } from 'node:net';

/** Resolves with the port; rejects with the system's error. */
export async function listen(
  server: Server,
  host: string | undefined,
  port: number,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    // For as long as the server lives: a later error is that of one connection, and must not end the program.
    server.on('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
