/** The disks of a virtual card: its data partition and its identity area, written as a factory would. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Credentials } from '../credentials.ts';
import { run } from '../process.ts';

export interface CardIdentity {
  /** 14 characters. */
  readonly serial: string;
  /** The host's end of the cable. */
  readonly hostMac: string;
  /** The card's end of the cable. */
  readonly cardMac: string;
}

/** A file system from a folder, without mounting anything. */
async function makeFileSystem(
  type: 'ext2' | 'ext4',
  label: string,
  folder: string,
  file: string,
  size: string,
): Promise<void> {
  await rm(file, { force: true });
  await run(['truncate', '-s', size, file]);
  const owner = ['-E', 'root_owner=0:0'];
  await run(['mke2fs', '-q', '-F', '-t', type, '-L', label, ...owner, '-d', folder, file]);
}

/** The identity area: a small read-only file system, as on the eMMC of a card. */
export async function makeIdentityDisk(file: string, identity: CardIdentity): Promise<void> {
  const folder = `${file}.files`;
  await mkdir(path.join(folder, 'mac_address'), { recursive: true });
  const values: [string, string][] = [
    ['serial', identity.serial],
    ['mac_address/1', identity.hostMac],
    ['mac_address/2', identity.cardMac],
  ];
  for (const [name, value] of values) await writeFile(path.join(folder, name), `${value}\n`);
  await makeFileSystem('ext2', 'identity', folder, file, '128K');
}

/** The data partition of a card that has been provisioned for a development ENF, with room for snapshots. */
export async function makeDataDisk(file: string, credentials: Credentials): Promise<void> {
  const folder = `${file}.files`;
  const keys = path.join(folder, 'enftun/enf0');
  await rm(folder, { recursive: true, force: true });
  await mkdir(keys, { recursive: true });
  await cp(credentials.caCert, path.join(folder, 'enftun/enf.cacert.pem'));
  await cp(credentials.clientCert, path.join(keys, 'enf0.crt.pem'));
  await cp(credentials.clientKey, path.join(keys, 'enf0.key.pem'));
  await makeFileSystem('ext4', 'data', folder, `${file}.raw`, '256M');
  await run(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', `${file}.raw`, file]);
  await rm(`${file}.raw`);
}
