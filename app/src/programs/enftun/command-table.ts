/**
 * The command line of `enftun`, as data: `-c FILE`, `-p KEY`, `-h`, `-v` as ever, long forms beside them, and commands.
 */
import type { CommandLineTable } from '../../platform/command-line/table.ts';

const config = { short: 'c', value: 'FILE', help: 'read this configuration' };
const socket = { value: 'PATH', help: 'ask the status socket at PATH' };
const logLevel = { value: 'LEVEL', help: 'log error, warning, info (default) or debug' };

export const table = {
  program: 'enftun',
  about: [
    'The tunnel service: connects this machine, or the host at its USB port, to the ENF.',
    'Without a command it runs until stopped, or prints one value with -p.',
  ],
  defaultCommand: 'run',
  versionShort: 'v',
  commands: {
    run: {
      options: {
        config,
        print: {
          short: 'p',
          value: 'KEY',
          help: 'print the value that the service would use for KEY, and end',
        },
        'log-level': logLevel,
      },
      required: ['config'],
      help: 'run until stopped, or print one value of the configuration',
    },
    status: {
      operand: '[NAME]',
      options: {
        config,
        socket,
        json: { help: 'print the whole status as JSON' },
        openmetrics: { help: 'print it as metrics for Prometheus' },
      },
      synopsis: ['[NAME | -c FILE | --socket PATH]', '[--json | --openmetrics]'],
      help: 'print the state of the tunnels of this machine, or of the one called NAME',
    },
    check: {
      options: { config, strict: { help: 'treat warnings as errors' } },
      required: ['config'],
      help: 'report what is wrong with a configuration and its certificate',
    },
    report: {
      options: { config, socket },
      required: ['config'],
      help: `print what is needed for support: settings, certificate, status, network, log; no keys and no passwords`,
    },
    keys: {
      options: { markdown: { help: 'print a document' } },
      help: 'explain every key of the configuration',
    },
    wifi: {
      operand: 'COMMAND...',
      options: {},
      help: 'manage WiFi: add, remove, list, country, status, scan; see enftun wifi --help',
    },
    keygen: {
      operand: 'ADDRESS...',
      options: {},
      help: 'make the key and the certificate and register them with the ENF; see enftun keygen --help',
    },
    renew: {
      operand: '[OPTION...]',
      options: {},
      help: 'make a new certificate before the old one expires; see enftun keygen --help',
    },
    page: {
      options: {
        socket,
        listen: {
          value: '[ADDR%IF]:PORT',
          help: 'serve at this address (default the socket that systemd hands over)',
        },
        'log-level': logLevel,
      },
      required: ['socket'],
      help: 'serve the page for the host',
    },
  },
  sections: [
    {
      heading: 'Signals',
      text: `  SIGHUP            read the configuration again
  SIGTERM, SIGINT   close the tunnel and end; a second SIGINT ends at once`,
    },
    {
      heading: 'Environment',
      text: `  ENFTUN_LOG        log level, when --log-level is not given
  NO_COLOR          no colours on a terminal`,
    },
    {
      heading: 'Files',
      text: `  Files named in the configuration are relative to the working directory, files
  that it includes to the file that includes them. The log goes to stderr.`,
    },
    {
      heading: 'Example',
      text: `  cd /etc/enftun && enftun -c server.conf
  enftun -c /etc/enftun/server.conf -p remote.hosts`,
    },
  ],
  exitStatus: [
    [0, 'success; stopped by a signal'],
    [1, 'failure while running; unknown KEY; the status cannot be read'],
    [2, 'mistake on the command line'],
    [3, 'status: the service runs, and a tunnel is not up'],
    [78, 'the configuration cannot be used; a restart will not help'],
  ],
} as const satisfies CommandLineTable;
