/** The command line of `enftun-setup`, as data. */
import type { CommandLineTable } from '../../platform/command-line/table.ts';

const dryRun = { help: 'print the commands that would be run, and change nothing' };
const json = { help: 'print the result as JSON' };
const operand = 'CONFIG';

export const table = {
  program: 'enftun-setup',
  about: [
    `Makes the TUN interface of a tunnel, its routes and its firewall, so that traffic meant for the ENF leaves this
     machine by no other way, whether the tunnel is up or down, its client running or not.`,
    `On machines with systemd the unit enftun-setup@NAME calls it, before the network starts.`,
  ],
  commands: {
    up: {
      operand,
      options: { 'dry-run': dryRun },
      help: 'make what the configuration asks for; what is there already stays',
    },
    down: {
      operand,
      options: { 'dry-run': dryRun },
      help: 'remove what up has made and restore what it has changed; this opens the network',
    },
    status: { operand, options: { json }, help: 'print what is there and what is missing' },
    check: {
      operand,
      options: { json },
      help: 'judge the configuration and this machine, without changing anything',
    },
  },
  sections: [
    {
      heading: 'Example',
      text: `  enftun-setup up --dry-run /etc/enftun/enf0.conf
  enftun-setup up /etc/enftun/enf0.conf`,
    },
  ],
  exitStatus: [
    [0, 'success; status: the set-up is complete'],
    [1, 'failure: after up, the machine is as it was before; check: up would fail'],
    [2, 'mistake on the command line'],
    [3, 'status: the set-up is not complete'],
    [78, 'the configuration cannot be used'],
  ],
} as const satisfies CommandLineTable;
