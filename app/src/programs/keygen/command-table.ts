/** The command line of `enftun keygen`, as data. The letters are those of the tool that it replaces. */
import type { CommandLineTable } from '../../platform/command-line/table.ts';
import { defaultIamUrl } from './iam-client.ts';

export const defaultConfig = '/etc/enftun/enf0.conf';
export const defaultFolder = '/etc/enftun';
export const defaultDays = 365;
export const mostDays = 3650;

const service = 'Identity service';
const files = 'Files';

export const table = {
  program: 'enftun keygen',
  about: [
    `Makes the key and the certificate of a tunnel on this machine and registers the key with the ENF, for an
     address that the ENF assigns. Also called enftun-keygen; enftun renew is enftun keygen --renew.`,
    `The key never leaves this machine. It is written after the ENF has accepted it, and never over an identity that is
     there already, unless --replace is given.`,
  ],
  commands: {
    '': {
      operand: '[ADDRESS|NETWORK/64|auto]',
      synopsis: ['[OPTION]...', '(ADDRESS | NETWORK/64 | auto | --renew)'],
      options: {
        config: {
          short: 'c',
          value: 'FILE',
          help: `read the names of the files from this configuration (default ${defaultConfig})`,
        },
        address: {
          short: 'a',
          value: 'ADDRESS',
          help: 'register this address or network, as the argument does',
        },
        renew: {
          help: `make a new certificate for the key and the address that are there; no login is needed`,
        },
        within: {
          value: 'DAYS',
          help: 'renew only if the certificate expires within this many days (default: always)',
        },
        days: {
          value: 'N',
          help: `make a certificate that is valid for N days, 1 to ${mostDays} (default ${defaultDays})`,
        },
        'dry-run': {
          help: 'check everything on this machine and print what would be done, without doing it',
        },
        yes: { short: 'y', help: 'do not ask for confirmation' },
        json: { help: 'print the result as JSON' },
        user: {
          short: 'u',
          value: 'EMAIL',
          help: 'log in as this user of the API',
          group: service,
        },
        'password-fd': {
          value: 'N',
          help: 'read the password from the descriptor N (default: ask at the terminal)',
          group: service,
        },
        'password-file': {
          value: 'FILE',
          help: 'read the password from the first line of FILE, which must have mode 0600',
          group: service,
        },
        'iam-url': {
          value: 'URL',
          help: `use the identity service at this URL (default ${defaultIamUrl})`,
          group: service,
        },
        'iam-ca': {
          value: 'FILE',
          help: `trust these root certificates (default those of this machine)`,
          group: service,
        },
        directory: {
          short: 'e',
          value: 'DIR',
          help: `resolve relative file names of the configuration against this folder (default ${defaultFolder})`,
          group: files,
        },
        owner: {
          value: 'USER',
          help: `owner of the files (default: the user of the service, if run by root)`,
          group: files,
        },
        replace: { help: 'replace the identity that is there', group: files },
        tpm: {
          help: 'make the key in the TPM, as with a group identity.tpm in the configuration; its file works with this TPM only',
          group: files,
        },
      },
      help: 'make the key and the certificate of a tunnel',
    },
  },
  sections: [
    {
      heading: 'Environment',
      text: `  https_proxy, no_proxy   the proxy on the way to the identity service
  SSL_CERT_FILE           root certificates in place of those of this machine`,
    },
    {
      heading: 'Example',
      text: `  enftun keygen -u someone@example.com 2607:8f80:8080:7::/64
  enftun renew --within 30 --yes`,
    },
  ],
  exitStatus: [
    [0, 'success; with --within, nothing to renew'],
    [1, 'failure, or not confirmed; the message names the next step'],
    [2, 'mistake on the command line'],
    [78, 'the configuration, the password file or --iam-ca cannot be used'],
  ],
} as const satisfies CommandLineTable;
