/** The unit of systemd that owns the card's gadget: asked, not remembered. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SystemdNotify } from '../../platform/systemd-notify.ts';

const run = promisify(execFile);
const timeoutMs = 5000;

export const unitName = 'usb-gadget.service';

/** Touches the system; tests put a stand-in here. */
export interface GadgetUnit {
  /** This process was started by the unit. */
  readonly isOwner: boolean;
  /** Whether the unit has made the gadget, or is about to make or to remove it. */
  isRunning(): Promise<boolean>;
  /** A line for `systemctl status`. */
  report(text: string): void;
}

export function gadgetUnit(environment: NodeJS.ProcessEnv): GadgetUnit {
  const notify = new SystemdNotify(environment, process.pid);
  return {
    isOwner: notify.isSupervised,
    isRunning: async () => isRunningState(await unitProperty('ActiveState')),
    report: (text) => notify.status(text),
  };
}

/** systemd's words: "active", "reloading", "inactive", "failed", "activating", "deactivating", "maintenance". */
function isRunningState(state: string): boolean {
  return state !== '' && state !== 'inactive' && state !== 'failed';
}

/** A property of the unit; empty where there is no systemd. */
export async function unitProperty(name: string): Promise<string> {
  const words = ['show', `--property=${name}`, '--value', unitName];
  try {
    return (await run('systemctl', words, { timeout: timeoutMs })).stdout.trim();
  } catch {
    return '';
  }
}
