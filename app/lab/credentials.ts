/** Keys and certificates for a lab, made with enf-pki: one authority, the router, one client. */
import { labFolder, program } from './places.ts';
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
  await run([...pki, 'client', '--ca', folder, '--out', folder, '--address', tunnelAddress]);
  return {
    caCert: `${folder}/ca.crt.pem`,
    serverCert: `${folder}/server.crt.pem`,
    serverKey: `${folder}/server.key.pem`,
    clientCert: `${folder}/client.crt.pem`,
    clientKey: `${folder}/client.key.pem`,
  };
}
