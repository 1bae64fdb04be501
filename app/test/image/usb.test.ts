/** The card as its host sees it on USB: read back from the host's side of the cable. */
import assert from 'node:assert/strict';
import { cardIdentity, type CardSite } from '../harness/qemu/card-site.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';

describe('the card on USB', () => {
  let site: CardSite;
  before(async () => {
    site = await reset();
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  const attribute = (name: string) =>
    site.host.read(`cat /sys/class/net/${site.host.device}/device/../${name}`);

  for (const [name, expected] of [
    ['idVendor', '2fe0'],
    ['idProduct', '8b01'],
    ['manufacturer', 'Xaptum, Inc.'],
    ['product', 'ENF Router Card'],
    ['serial', cardIdentity.serial],
    ['bDeviceClass', 'ef'],
    ['bDeviceSubClass', '02'],
    ['bDeviceProtocol', '01'],
    ['speed', '480'],
  ] as const) {
    it(`shows ${name} ${expected}`, async () => {
      assert.equal(await attribute(name), expected);
    });
  }

  it('is an NCM network function that the stock driver takes', async () => {
    const folder = `/sys/class/net/${site.host.device}/device`;
    assert.equal(await site.host.read(`cat ${folder}/bInterfaceClass`), '02');
    assert.equal(await site.host.read(`cat ${folder}/bInterfaceSubClass`), '0d');
    assert.match(await site.host.read(`readlink ${folder}/driver`), /cdc_ncm$/);
  });

  it('gives both ends the addresses of the identity area', async () => {
    const hostEnd = await site.host.read(`cat /sys/class/net/${site.host.device}/address`);
    assert.equal(hostEnd, cardIdentity.hostMac);
    assert.equal(await site.console.read('cat /sys/class/net/usb0/address'), cardIdentity.cardMac);
  });

  // A gadget without remote wake-up is never suspended while its network interface is up, only with its host. The host
  // lives in the card's own kernel here: the kernel's test of a suspend stops both, and resumes both after 5 s.
  it('follows its host into suspend, and goes on afterwards', async () => {
    await reset();
    const mark = 'echo suspend-test >/dev/kmsg';
    await site.console.run(
      `${mark}; echo devices >/sys/power/pm_test; echo freeze >/sys/power/state`,
      { deadlineSeconds: 60 * patience },
    );
    const log = await site.console.read("dmesg | sed '1,/suspend-test/d'");
    assert.match(log, /PM: suspend entry/);
    assert.match(log, /usb 1-1: reset high-speed USB device/);
    await site.host.ping(serviceAddress, 30 * patience);
    assert.equal(await site.host.globalAddress(5), tunnelAddress);
  });

  it('serves another host, with another MAC and DUID, after it was unplugged and plugged in', async () => {
    await reset();
    await unplug();
    await site.host.forgetLeases();
    await site.console.run('ls /sys/class/udc > /sys/kernel/config/usb_gadget/g1/UDC');
    const device = await site.host.plugIn(20 * patience);
    await site.host.run(
      `ip link set ${device} down && ip link set ${device} address 02:8f:80:00:00:99 && ` +
        `ip link set ${device} up`,
    );
    await comeOnline();
  });

  it('restores traffic after it was unplugged and plugged in again', async () => {
    await reset();
    await unplug();
    await site.console.run('ls /sys/class/udc > /sys/kernel/config/usb_gadget/g1/UDC');
    await site.host.plugIn(20 * patience);
    await comeOnline();
  });

  async function unplug(): Promise<void> {
    const { device } = site.host;
    await site.console.run('echo > /sys/kernel/config/usb_gadget/g1/UDC');
    await site.console.untilRead(
      'the host to lose the interface',
      'ip -netns host -o link',
      20 * patience,
      (text) => !text.includes(`${device}:`),
    );
    await site.host.stopDhclient();
  }

  async function comeOnline(): Promise<void> {
    await site.host.defaultRoute(30 * patience);
    await site.host.startDhclient();
    assert.equal(await site.host.globalAddress(60 * patience), tunnelAddress);
    await site.host.ping(serviceAddress, 60 * patience);
  }
});
