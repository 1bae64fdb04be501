/**
 * Opens a device in a process of its own, where the test took privileges away: `tun NAME [NODE]` or `ethernet NAME`.
 * Prints the device's name, or the error as JSON.
 */
import { openEthernet, openTun, TuntapError } from '../../src/index.ts';

const [, , kind, name = '', node] = process.argv;
try {
  const device = kind === 'tun' ? openTun({ name, ...(node && { node }) }) : openEthernet({ name });
  console.log(device.name);
  device.close();
} catch (error) {
  if (!(error instanceof TuntapError)) throw error;
  const { name: className, code, errno, syscall, hint } = error;
  console.log(JSON.stringify({ className, code, errno, syscall, hint }));
}
