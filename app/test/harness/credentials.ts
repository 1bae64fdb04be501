/** Keys and certificates for a lab, made with enf-pki: one authority, the router, its clients. */
import { labFolder, program } from './paths.ts';
import { run } from './process.ts';
import { tunnelAddress } from './topology.ts';

export interface Credentials {
  readonly caCert: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

export async function makeCredentials(folder = `${labFolder}/pki`): Promise<Credentials> {
  const pki = program('enf-pki');
  await run([...pki, 'ca', '--out', folder]);
  await run([...pki, 'server', '--ca', folder, '--out', folder, '--name', 'router']);
  return makeClient(folder, folder, tunnelAddress);
}

/** A client of the authority in `authority`, with an address of its own; its files go to `folder`. */
export async function makeClient(
  authority: string,
  folder: string,
  address: string,
): Promise<Credentials> {
  const client = ['client', '--ca', authority, '--out', folder, '--address', address];
  await run([...program('enf-pki'), ...client]);
  return {
    caCert: `${authority}/ca.crt.pem`,
    serverCert: `${authority}/server.crt.pem`,
    serverKey: `${authority}/server.key.pem`,
    clientCert: `${folder}/client.crt.pem`,
    clientKey: `${folder}/client.key.pem`,
  };
}
