/** The command line of `enf-pki`, as data. */
import type { CommandLineTable } from '../../platform/command-line/table.ts';

const json = { help: 'print the result as JSON' };
const ca = { value: 'DIR', help: 'sign with ca.crt.pem and ca.key.pem in this folder' };
const issue = {
  out: {
    value: 'DIR',
    help: 'write BASENAME.crt.pem (mode 644) and BASENAME.key.pem (mode 600) to this folder; made if missing',
  },
  basename: { value: 'NAME', help: 'use this name for both files (default the command)' },
  force: { help: 'replace existing files' },
  'not-before': { value: 'DATE', help: 'set the start of validity (default year 0000)' },
  'not-after': { value: 'DATE', help: 'set the end of validity (default year 9999)' },
  json,
};

export const table = {
  program: 'enf-pki',
  about: [
    'Makes keys and certificates for a development ENF and for clients that join it.',
    'Keys are EC P-256. Certificates are valid from the year 0000 to 9999, because a card has no reliable clock.',
  ],
  commands: {
    ca: {
      required: ['out'],
      options: {
        name: { value: 'NAME', help: 'set its common name (default "ENF development root")' },
        ...issue,
      },
      help: 'make an authority: a self-signed certificate that signs servers and clients',
    },
    server: {
      required: ['ca', 'out', 'name'],
      options: {
        ca,
        name: { value: 'NAME', help: 'set its host name: common name and first alternative name' },
        san: {
          value: 'NAME|ADDRESS',
          isRepeatable: true,
          help: 'add a host name or IP address; may be repeated',
        },
        ...issue,
      },
      help: 'make the certificate of a server',
    },
    client: {
      synopsis: [
        '(--ca DIR | --self-signed)',
        '--out DIR',
        '--address ADDRESS',
        '[--format FORMAT]',
        '[--basename NAME]',
        '[--force]',
        '[--not-before DATE]',
        '[--not-after DATE]',
        '[--json]',
      ],
      required: ['out', 'address'],
      options: {
        ca,
        'self-signed': { help: 'use no authority: for servers with a registry of clients' },
        address: {
          value: 'ADDRESS',
          help: 'set the IPv6 address of the tunnel, for example fd00:8f80:1::1234',
        },
        format: {
          value: 'FORMAT',
          help: 'write the common name as "hex" (32 digits, default) or "colons" (fd00:8f80:1::1234)',
        },
        ...issue,
      },
      help: 'make the certificate of a client; its common name is the address of its tunnel',
    },
    group: {
      required: ['out'],
      options: {
        out: { value: 'DIR', help: 'write the files of the group to this folder; made if missing' },
        name: { value: 'NAME', help: 'set its basename, 1 to 64 bytes (default "xaprcnet")' },
      },
      help: 'make a group whose members provision themselves (XTT), with its issuer and its server',
    },
    member: {
      required: ['group', 'roots'],
      options: {
        group: { value: 'DIR', help: 'make a member of the group in this folder' },
        roots: {
          value: 'FILE',
          help: 'give it these roots for its tunnel, PEM, such as ca.crt.pem',
        },
        out: {
          value: 'DIR',
          help: 'write its files to this folder, for identity.xtt.group_folder; made if missing',
        },
        tcti: {
          value: 'TCTI',
          help: 'put it into this TPM, as a factory does: device:/dev/tpmrm0, swtpm:host=127.0.0.1,port=2321',
        },
        lockable: { help: 'let the lockout of the TPM hold for its key' },
      },
      help: 'make a member of a group, in files or in a TPM',
    },
    show: {
      operand: 'FILE...',
      options: { json },
      help: `print subject, tunnel address, issuer, validity and public key pin (SHA-256, base64, as in
             remote.server_pins) of every certificate in the files, PEM or DER`,
    },
  },
  sections: [
    {
      heading: 'Example',
      text: `  enf-pki ca     --out pki
  enf-pki server --ca pki --out pki --name router
  enf-pki client --ca pki --out pki --address fd00:8f80:1::1234
  enf-pki group  --out pki/group
  enf-pki member --group pki/group --roots pki/ca.crt.pem --out member`,
    },
  ],
  exitStatus: [
    [0, 'success'],
    [1, 'a file cannot be read or written'],
    [2, 'mistake on the command line'],
    [78, 'the content of a file cannot be used'],
  ],
} as const satisfies CommandLineTable;
