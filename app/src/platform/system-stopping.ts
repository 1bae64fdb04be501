/**
 * Whether the whole system shuts down, and not only this service. A service gets SIGTERM either way; the difference
 * matters to the host, which should forget a router that goes, and not notice one that is started again.
 *
 * The mark is a file that a unit of its own makes when it is stopped. That unit stays active, and is stopped by nothing
 * but shutdown.target. The services say `Before=` it, so that they are stopped after it: systemd stops in reverse
 * order.
 *
 *     [Unit]
 *     DefaultDependencies=no
 *     Conflicts=shutdown.target
 *     Before=shutdown.target
 *     [Service]
 *     Type=oneshot
 *     RemainAfterExit=yes
 *     ExecStop=touch /run/system-stopping
 *
 * No D-Bus: at that time its daemon may be gone already. Where there is no such unit, every stop counts as a restart.
 */
import { existsSync } from 'node:fs';

export const systemStoppingFile = '/run/system-stopping';

export function isSystemStopping(file: string = systemStoppingFile): boolean {
  return existsSync(file);
}
