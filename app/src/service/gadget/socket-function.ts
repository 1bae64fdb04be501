/**
 * The gadget's interface for psock: mounts and describes its FunctionFS, and leaves its endpoint 0 with systemd, in
 * the descriptor store of the unit (sd_notify(3), FDSTORE=1). While that holds it, no restart of psockd ends the gadget:
 * the kernel unbinds all of it, Ethernet included, when the last descriptor of a FunctionFS is closed.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { UnixDatagram } from 'tuntap2';
import { mountFunctionFs, openEndpoint0, unmountFunctionFs } from 'usb-gadget';
import { functionFolder, functionName, socketInterface } from '../psock/socket-interface.ts';

/** Open, and with it the function alive. */
export interface HeldDescriptor {
  readonly fd: number;
  close(): Promise<void>;
}

/** Touches the system; tests put a stand-in here. */
export interface SocketFunctionSystem {
  /** After the gadget was registered and before it is bound. */
  describe(): Promise<HeldDescriptor>;
  /** After it was bound. False when nobody keeps it: then it ends with this process. */
  keep(endpoint0: HeldDescriptor): Promise<boolean>;
}

/** Of psockd; without it the files are root's. */
const user = 'psock';
const storeName = 'psock';

export function socketFunctionSystem(environment: NodeJS.ProcessEnv): SocketFunctionSystem {
  return {
    async describe() {
      const { uid, gid } = await idsOf(user);
      await unmountFunctionFs(functionName);
      await mkdir(functionFolder, { recursive: true });
      await mountFunctionFs(functionName, functionFolder, { uid, gid });
      return openEndpoint0(functionFolder, socketInterface);
    },
    async keep(endpoint0) {
      const supervisor = environment.NOTIFY_SOCKET;
      if (supervisor) {
        const socket = new UnixDatagram();
        // Not polled: an endpoint 0 that reports an error is still the one that counts.
        const message = `FDSTORE=1\nFDNAME=${storeName}\nFDPOLL=0`;
        socket.send(message, { to: supervisor, fds: [endpoint0.fd] });
        socket.close();
      }
      await endpoint0.close();
      return Boolean(supervisor);
    },
  };
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const accounts = await readFile('/etc/passwd', 'utf8');
  const fields = accounts
    .split('\n')
    .map((line) => line.split(':'))
    .find(([account]) => account === name);
  return { uid: Number(fields?.[2] ?? 0), gid: Number(fields?.[3] ?? 0) };
}
