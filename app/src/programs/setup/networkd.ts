/**
 * systemd-networkd removes rules and routes of other programs when it configures interfaces, unless its configuration
 * says otherwise (networkd.conf(5), ManageForeignRoutingPolicyRules and ManageForeignRoutes). It leaves those with
 * `protocol kernel` alone, which ours carry; what an administrator adds by hand does not.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readRegularFileNow } from '../../platform/regular-file.ts';

const keys = ['ManageForeignRoutingPolicyRules', 'ManageForeignRoutes'] as const;
const stateFile = 'run/systemd/netif/state';
/** The later ones win. */
const folders = ['usr/lib/systemd', 'run/systemd', 'etc/systemd'];
const mostBytes = 64 * 1024;

/** The keys by which networkd, where it runs, manages what is not its own. `root`: of the file system. */
export function managedByNetworkd(root = '/'): string[] {
  if (!existsSync(path.join(root, stateFile))) return [];
  const texts = folders.flatMap((folder) => {
    const place = path.join(root, folder);
    return [path.join(place, 'networkd.conf'), ...dropIns(path.join(place, 'networkd.conf.d'))];
  });
  const values = new Map(texts.flatMap((file) => assignments(file)));
  return keys.filter((key) => !/^(no|false|off|0)$/i.test(values.get(key) ?? 'yes'));
}

function dropIns(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.conf'));
    return names.toSorted().map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

function assignments(file: string): [key: string, value: string][] {
  try {
    const content = readRegularFileNow(file, mostBytes);
    const text = content.ok ? content.bytes.toString() : '';
    return [...text.matchAll(/^\s*(\w+)\s*=\s*(.*?)\s*$/gm)].map(([, key = '', value = '']) => [
      key,
      value,
    ]);
  } catch {
    return [];
  }
}
