/** The command line of `enf-server`, as data. */
import type { CommandLineTable } from '../../platform/command-line/table.ts';
import { faultHelp } from './faults.ts';
import { faultHelp as iamFaultHelp } from './iam/faults.ts';
import { faultHelp as xttFaultHelp } from './xtt/faults.ts';

const clients = 'Clients (decided after the handshake; each option admits more)';
const iam = 'Identity service, for enftun keygen';
export const defaultIamUser = 'user@example.com';
export const defaultIamNetwork = 'fd00:8f80:1::/64';
const xtt = 'Provisioning server, for devices that get their identity by XTT';
const beyond = 'Beyond the clients (default: clients reach only each other)';

export const table = {
  program: 'enf-server',
  about: ["A development ENF: the server end of enftun's tunnels."],
  commands: {
    '': {
      synopsis: [
        '--listen [ADDR]:PORT...',
        '--cert FILE',
        '--key FILE',
        '(--client-ca FILE | --registry DIR | --any-client)...',
        '[--iam [ADDR]:PORT]',
        '[--xtt [ADDR]:PORT]',
        '[--tun NAME | --echo]',
        '[--misbehave KIND]...',
      ],
      required: ['listen', 'cert', 'key'],
      options: {
        listen: {
          value: '[ADDR]:PORT',
          isRepeatable: true,
          help: 'listen at PORT, IPV4:PORT or [IPV6]:PORT; [::]:PORT serves IPv4 too; may be repeated',
          group: 'Connections',
        },
        cert: {
          value: 'FILE',
          help: 'show this certificate, PEM',
          group: 'Connections',
        },
        key: { value: 'FILE', help: 'use its private key, PEM', group: 'Connections' },
        'client-ca': {
          value: 'FILE',
          isRepeatable: true,
          help: 'admit clients whose certificate this authority signed, PEM',
          group: clients,
        },
        registry: {
          value: 'DIR',
          isRepeatable: true,
          help: 'admit clients whose certificate is in this folder, self-signed ones too',
          group: clients,
        },
        'any-client': {
          help: 'admit every client whose certificate names an address',
          group: clients,
        },
        tun: {
          value: 'NAME',
          help: 'connect an IPv6 network behind this TUN interface; made if it does not exist',
          group: beyond,
        },
        'tun-offload': {
          value: 'on|off',
          help: 'exchange super-packets with the kernel (default on)',
          group: beyond,
        },
        echo: {
          help: 'connect no network: every address answers pings and returns UDP datagrams',
          group: beyond,
        },
        misbehave: {
          value: 'KIND',
          isRepeatable: true,
          help: 'misbehave in this way, see below; may be repeated',
        },
        iam: {
          value: '[ADDR]:PORT',
          help: 'serve the identity service over HTTPS here, and admit the keys that it registers',
          group: iam,
        },
        'iam-user': {
          value: 'EMAIL',
          help: `accept the login of this user (default ${defaultIamUser})`,
          group: iam,
        },
        'iam-password-file': {
          value: 'FILE',
          help: 'with the password in the first line of FILE',
          group: iam,
        },
        'iam-network': {
          value: 'NET/64',
          help: `assign addresses of this network (default ${defaultIamNetwork})`,
          group: iam,
        },
        'iam-misbehave': {
          value: 'KIND',
          isRepeatable: true,
          help: 'misbehave in this way at the registration, or with login:KIND at the login',
          group: iam,
        },
        xtt: {
          value: '[ADDR]:PORT',
          help: 'provision devices with XTT here, and admit the keys that it registers',
          group: xtt,
        },
        'xtt-group': {
          value: 'DIR',
          help: 'provision members of this group, made by enf-pki group',
          group: xtt,
        },
        'xtt-basename': {
          value: 'NAME',
          isRepeatable: true,
          help: 'provision its members under this basename too, with an address of its own',
          group: xtt,
        },
        'xtt-network': {
          value: 'NET/64',
          help: `assign addresses of this network (default ${defaultIamNetwork})`,
          group: xtt,
        },
        'xtt-misbehave': {
          value: 'KIND[=N]',
          isRepeatable: true,
          help: 'misbehave in this way, towards the first N connections only',
          group: xtt,
        },
        'status-socket': {
          value: 'PATH',
          help: 'send the state as JSON to each client of this AF_UNIX socket',
        },
        'log-level': { value: 'LEVEL', help: 'log error, warning, info (default) or debug' },
      },
      help: 'serve until stopped',
    },
  },
  sections: [
    { heading: 'Faults, for tests of clients', text: faultHelp.trimEnd() },
    { heading: 'Faults of the identity service', text: iamFaultHelp.trimEnd() },
    { heading: 'Faults of the provisioning server', text: xttFaultHelp.trimEnd() },
    {
      heading: 'Signals',
      text: `  SIGUSR1          print the state on stdout, one line of JSON
  SIGTERM, SIGINT  close the sessions and end`,
    },
    {
      heading: 'Example',
      text: `  enf-pki ca --out pki && enf-pki server --ca pki --out pki --name router
  enf-server --listen [::]:4443 --cert pki/server.crt.pem --key pki/server.key.pem \\
             --client-ca pki/ca.crt.pem --echo`,
    },
  ],
  exitStatus: [
    [0, 'stopped by a signal'],
    [1, 'failure while running'],
    [2, 'mistake on the command line'],
    [78, 'the content of a file cannot be used'],
  ],
} as const satisfies CommandLineTable;
