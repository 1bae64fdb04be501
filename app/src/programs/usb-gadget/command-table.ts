/** The command line of `usb-gadget`, as data. */
import type { CommandLineTable } from '../../platform/command-line/table.ts';

export const defaultFile = '/etc/usb-gadget.json';
export const defaultWaitSeconds = 10;

const config = {
  short: 'c',
  value: 'FILE',
  help: `read this configuration (default ${defaultFile})`,
};
const json = { help: 'print the result as JSON' };

export const table = {
  program: 'usb-gadget',
  about: [
    `Makes this machine a router card for the host at its USB port: a USB device with an Ethernet link, and a serial console
     if configured.`,
  ],
  commands: {
    create: {
      options: {
        config,
        wait: {
          value: 'SECONDS',
          help: `wait up to SECONDS for the USB device controller (default ${defaultWaitSeconds})`,
        },
        json,
      },
      help: `make the device, hide this machine's kernel on its network interface and bring the interface up; replaces the device of
             an earlier run`,
    },
    destroy: {
      options: { json },
      help: 'disconnect and remove the device, and what a failed run has left',
    },
    status: {
      options: { config, json },
      help: 'print the device, whether a host uses it, and what it lacks',
    },
    check: {
      options: { config, strict: { help: 'treat warnings as errors' }, json },
      help: 'print what create would make, without making it',
    },
  },
  sections: [
    {
      heading: 'Identity',
      text: `  Serial number and MAC addresses come from /rom (serial, mac_address/1 for the
  host's end, mac_address/2 for this end). What is missing there is derived, with
  a warning: the addresses from the serial number, the serial number from the
  machine id.`,
    },
    {
      heading: 'On a card',
      text: `  The device belongs to usb-gadget.service, and create and destroy are refused
  while that unit runs: "systemctl restart usb-gadget" recreates it.`,
    },
    { heading: 'Example', text: '  usb-gadget check && usb-gadget create' },
  ],
  exitStatus: [
    [0, 'success; status: complete and connected to a controller'],
    [
      1,
      'the system refused; status: there is no device, it is not connected, or it lacks something that the configuration asks for',
    ],
    [2, 'mistake on the command line'],
    [78, 'the configuration cannot be used; a restart will not help'],
  ],
} as const satisfies CommandLineTable;
