import { parseServerHost, type ServerHost } from '../../../src/uplink/server-host.ts';

/** Hosts as the configuration has them. */
export function serverHosts(...texts: readonly string[]): ServerHost[] {
  return texts.map((text) => parseServerHost(text)!);
}
