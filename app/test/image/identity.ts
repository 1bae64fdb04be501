/** Gives a tunnel of the running card an identity for `address`, as an operator does who is root there. */
import { mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { makeClient } from '../harness/credentials.ts';
import type { CardSite } from '../harness/qemu/card-site.ts';

export async function giveIdentity(
  { console: card, credentials }: CardSite,
  tunnel: 'enf0' | 'enf1',
  address: string,
): Promise<void> {
  const authority = path.dirname(credentials.caCert);
  const made = await makeClient(authority, await mkdtemp(path.join(authority, 'client-')), address);
  const folder = `/data/enftun/${tunnel}`;
  await card.writeFile(`${folder}/${tunnel}.crt.pem`, await readFile(made.clientCert, 'utf8'));
  await card.writeFile(`${folder}/${tunnel}.key.pem`, await readFile(made.clientKey, 'utf8'));
  await card.run(`chown enftun: ${folder}/*`);
}
