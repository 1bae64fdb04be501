/** The command line of `psock-host`, as data. */
import type { CommandLineTable } from '../../platform/command-line/table.ts';

export const defaultMaxSockets = 32;

export const table = {
  program: 'psock-host',
  about: [
    `Lends this machine's TCP sockets to the router cards at its USB ports, so that a card without a network of its own
     reaches the ENF. Runs until it is stopped; cards may be plugged and unplugged at any time.`,
    `A card may connect to the ports 443 and 444 of public addresses, and nowhere else: not to loopback, link-local, private
     or multicast addresses, nor to this machine itself. Nothing is ever sent through the card's own network interface.`,
  ],
  commands: {
    '': {
      options: {
        allow: {
          value: 'RULE',
          isRepeatable: true,
          help: `allow this address or network, too: ADDRESS[/LENGTH], at every port, or with :PORT; IPv6 with a port is
                 [2001:db8::/32]:8443; may be repeated`,
        },
        nat64: {
          value: 'PREFIX/LENGTH',
          isRepeatable: true,
          help: `treat this prefix as a NAT64 of the network, as 64:ff9b::/96 is: the IPv4 address behind it is checked;
                 may be repeated`,
        },
        'max-sockets': {
          value: 'N',
          help: `allow at most N connections per card at a time (default ${defaultMaxSockets})`,
        },
        json: { help: 'print events as JSON, one per line' },
        device: { value: 'BUS:ADDR', help: 'serve this device only, and end when it is unplugged' },
      },
      help: 'serve cards until stopped',
    },
  },
  sections: [
    {
      heading: 'Rights',
      text: `  Needs access to the card's USB device: see 60-psock-host.rules and
  psock-host.service.`,
    },
    { heading: 'Example', text: '  psock-host --allow 192.0.2.10:443' },
  ],
  exitStatus: [
    [0, 'stopped by a signal, or the device named by --device was unplugged'],
    [1, 'the device named by --device cannot be served'],
    [2, 'mistake on the command line'],
  ],
} as const satisfies CommandLineTable;
