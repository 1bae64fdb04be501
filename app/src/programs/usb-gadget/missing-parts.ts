/** What the configuration asks for and the gadget in the kernel lacks. */
import { functionName as nameOf, type GadgetStatus } from 'usb-gadget';
import { functionName as socketFunctionName } from '../../platform/socket-interface.ts';
import { unitName } from './gadget-unit.ts';
import type { GadgetSettings } from './settings.ts';
import type { SocketFunctionSystem } from './socket-function.ts';

/** A sentence each, with the next step; empty when the gadget is whole. */
export async function missingParts(
  settings: GadgetSettings,
  status: GadgetStatus,
  socketFunction: Pick<SocketFunctionSystem, 'isDescribed'>,
): Promise<string[]> {
  const missing = [];
  const functions = status.functions.map(nameOf);
  if (status.controller === undefined) missing.push(`its controller: ${again}`);
  if (!functions.includes(`${settings.function}.usb0`)) {
    missing.push(`the Ethernet link ${settings.function}.usb0: ${again}`);
  }
  if (settings.psock) {
    if (!functions.includes(`ffs.${socketFunctionName}`)) {
      missing.push(`psock, the card's way to the sockets of its host: ${again}`);
    } else if (!(await socketFunction.isDescribed())) {
      missing.push(`the endpoints of psock, which no process holds: ${again}`);
    }
  }
  if (settings.console && !functions.includes('acm.GS0')) {
    missing.push(`the console acm.GS0: ${again}`);
  }
  return missing;
}

const again = `"systemctl restart ${unitName}" recreates it, "journalctl -u ${unitName}" shows why`;
