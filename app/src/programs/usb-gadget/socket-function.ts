/**
 * The gadget's interface for psock: mounts and describes its FunctionFS, and leaves its endpoint 0 with systemd, in the
 * descriptor store of the unit. While that holds it, no restart of psockd ends the gadget: the kernel unbinds all of
 * it, Ethernet included, when the last descriptor of a FunctionFS is closed.
 */
import { access, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { mountFunctionFs, openEndpoint0, unmountFunctionFs } from 'usb-gadget';
import { EnvironmentError } from '../../core/errors.ts';
import { functionFolder, functionName, socketInterface } from '../../platform/socket-interface.ts';
import { DescriptorStore } from './descriptor-store.ts';

/** Open, and with it the function alive. */
export interface HeldDescriptor {
  readonly fd: number;
  close(): Promise<void>;
}

/** Touches the system; tests put a stand-in here. */
export interface SocketFunctionSystem {
  /** Before an earlier gadget is removed: lets go of its endpoint 0. */
  release(): Promise<void>;
  /** The FunctionFS of this name, whose gadget ends: wherever it is mounted, whatever process has it open. */
  unmount(name: string): Promise<void>;
  /** After the gadget was registered and before it is bound. */
  describe(): Promise<HeldDescriptor>;
  /**
   * Stores the bound gadget's ep0 with systemd, so that it outlives this process. Rejects if systemd does not keep it.
   */
  keep(endpoint0: HeldDescriptor): Promise<void>;
  /** Whether a process holds the endpoint 0 of a function that was described. */
  isDescribed(): Promise<boolean>;
}

/** Of psockd; without it the files are root's. */
const user = 'psock';
const storeName = 'psock';
/** psockd ends within its TimeoutStopSec=, systemd closes what it kept within milliseconds. */
const busyMs = 3000;

export function socketFunctionSystem(environment: NodeJS.ProcessEnv): SocketFunctionSystem {
  const supervisor = environment.NOTIFY_SOCKET;
  const store = supervisor ? new DescriptorStore(supervisor, storeName) : undefined;
  const unmount = (name: string) => unmountFunctionFs(name, { busyMs, detaches: true });
  return {
    unmount,
    async release() {
      await store?.release();
    },
    async describe() {
      const { uid, gid } = await idsOf(user);
      await unmount(functionName);
      await mkdir(functionFolder, { recursive: true });
      await mountFunctionFs(functionName, functionFolder, { uid, gid });
      return openEndpoint0(functionFolder, socketInterface);
    },
    async keep(endpoint0) {
      try {
        if (store === undefined) throw nobodyKeeps();
        await store.keep(endpoint0.fd);
      } finally {
        await endpoint0.close();
      }
    },
    isDescribed: () =>
      // The kernel shows the endpoints while the descriptors stand.
      access(path.join(functionFolder, 'ep1')).then(
        () => true,
        () => false,
      ),
  };
}

function nobodyKeeps(): EnvironmentError {
  return new EnvironmentError('only a unit of systemd can keep psock', {
    errno: 'ENOTCONN',
    syscall: 'sendmsg',
  });
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const accounts = await readFile('/etc/passwd', 'utf8');
  const fields = accounts
    .split('\n')
    .map((line) => line.split(':'))
    .find(([account]) => account === name);
  return { uid: Number(fields?.[2] ?? 0), gid: Number(fields?.[3] ?? 0) };
}
