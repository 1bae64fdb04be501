/**
 * USB over IP: carries a card's cable over a network, to a host that is another machine. The card's gadget moves from
 * the emulated cable in its own kernel to the kernel's usbip-vudc; usbipd hands it to the computer that attaches it.
 * The programs come from the host's file system: they are not part of the card.
 */
import type { CardSite } from './card-site.ts';
import type { SerialConsole } from './console.ts';

/** Port of usbipd (IANA). */
export const usbipPort = 3240;

/** How the exported gadget is called by `usbip attach -d`. */
export const exportedDevice = 'usbip-vudc.0';

/** The build machine as a QEMU guest sees it: its loopback interface in the namespace of the uplink. */
const buildMachine = '10.0.2.2';

const controller = '/sys/kernel/config/usb_gadget/g1/UDC';
const hostRoot = '/mnt';

/** Unplugs the card from its own host and offers it on `port` of the uplink's namespace, loopback only. */
export async function exportCable(site: CardSite, port: number): Promise<void> {
  const { console: card, machine } = site;
  await mountHost(card);
  await card.run(
    `echo > ${controller}; modprobe usbip-vudc && echo ${exportedDevice} > ${controller}`,
  );
  await card.run(withTools(`usbipd --daemon --device --ipv4 --tcp-port ${usbipPort}`));
  await machine.monitor.human(`hostfwd_add uplink tcp:127.0.0.1:${port}-:${usbipPort}`);
}

/** Ends what `exportCable` began: the card is plugged into its own host again. */
export async function withdrawCable(site: CardSite, port: number): Promise<void> {
  const { console: card, machine } = site;
  await machine.monitor.human(`hostfwd_remove uplink tcp:127.0.0.1:${port}`).catch(() => undefined);
  await card.run(`pkill -x usbipd; echo > ${controller}; echo dummy_udc.0 > ${controller}`);
}

/** Plugs a card that is offered on `port` into the host of another card. */
export async function attachCable(hostOf: CardSite, port: number): Promise<void> {
  const { console: card } = hostOf;
  await mountHost(card);
  await card.run(`modprobe -d ${hostRoot} vhci-hcd`);
  await card.run(
    withTools(`usbip --tcp-port ${port} attach -r ${buildMachine} -d ${exportedDevice}`),
  );
}

/** What `usbip list` shows the host of a card of the cables that are offered on `port`. */
export async function listCables(hostOf: CardSite, port: number): Promise<string> {
  const { console: card } = hostOf;
  await mountHost(card);
  return card.read(withTools(`usbip --tcp-port ${port} list -r ${buildMachine}`));
}

/** Runs a program of the host's file system that may write to /sys, which is read-only to the host itself. */
function withTools(command: string): string {
  return `chroot ${hostRoot} unshare --mount sh -c 'mount -t sysfs sysfs /sys && exec ${command}'`;
}

/** The host's file system, with what the programs of usbip need. */
async function mountHost(card: SerialConsole): Promise<void> {
  const mounts = [
    `-o ro LABEL=host ${hostRoot}`,
    `-t tmpfs usbip-run ${hostRoot}/run`,
    `-t tmpfs usbip-var ${hostRoot}/var`,
    `-t proc proc ${hostRoot}/proc`,
    `--rbind /dev ${hostRoot}/dev`,
  ];
  for (const mount of mounts) {
    const place = mount.slice(mount.lastIndexOf(' ') + 1);
    await card.run(`mountpoint -q ${place} || mount ${mount}`);
  }
  // Where usbip remembers what it attached.
  await card.run(`mkdir -p ${hostRoot}/var/run`);
}
