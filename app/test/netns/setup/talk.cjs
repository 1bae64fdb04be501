/**
 * Sends what a machine may send by its uplink: every protocol and family, to machines on the link, beyond it and to
 * groups, bound to addresses and to the interface, whole and in fragments. `talk.cjs INTERFACE`. Refusals of the kernel
 * are what the caller hopes for.
 */
const { createSocket } = require('node:dgram');
const { connect } = require('node:net');
const { spawn } = require('node:child_process');

const [device] = process.argv.slice(2);
const ipv4 = { own: '192.0.2.1', onLink: '192.0.2.3', beyond: '203.0.113.9', group: '224.0.0.251' };
const ipv6 = {
  own: '2001:db8:1::1',
  onLink: '2001:db8:1::3',
  beyond: '2001:db8:ffff::9',
  group: 'ff02::fb',
};
const port = 9999;
const endMs = 400;
const fragmented = Buffer.alloc(3000);
const ignore = () => undefined;

for (const [kind, addresses] of [
  ['udp4', ipv4],
  ['udp6', ipv6],
]) {
  for (const bound of [undefined, addresses.own]) {
    const socket = createSocket(kind).on('error', ignore);
    socket.bind(0, bound, () => {
      try {
        socket.setBroadcast(true);
        socket.setMulticastInterface(kind === 'udp6' ? `::%${device}` : addresses.own);
      } catch {
        // It is sent all the same.
      }
      for (const to of [addresses.onLink, addresses.beyond, addresses.group, '192.0.2.255']) {
        if ((kind === 'udp6') !== to.includes(':')) continue;
        for (const bytes of [Buffer.from('leak'), fragmented]) socket.send(bytes, port, to, ignore);
      }
      if (kind === 'udp6') socket.send('leak', port, `ff15::9%${device}`, ignore);
    });
    for (const to of [addresses.onLink, addresses.beyond]) {
      for (const number of [443, 8080]) {
        connect({ host: to, port: number, localAddress: bound }).on('error', ignore);
      }
    }
  }
  const version = kind === 'udp6' ? '-6' : '-4';
  for (const to of [addresses.onLink, addresses.beyond]) {
    for (const more of [[], ['-I', device], ['-I', device, '-s', '3000']]) {
      spawn('ping', [version, '-n', '-c', '1', '-W', '0.3', ...more, to]).on('error', ignore);
    }
  }
}
setTimeout(() => process.exit(0), endMs);
