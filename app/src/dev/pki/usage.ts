/** Help texts of enf-pki. */
import type { Command } from './command-line.ts';

const general = `\
enf-pki makes keys and certificates for a development ENF and for clients that join it.

usage: enf-pki ca      --out DIR [--name NAME]
       enf-pki server  --ca DIR --out DIR --name NAME [--san NAME|ADDRESS]...
       enf-pki client  (--ca DIR | --self-signed) --out DIR --address ADDRESS
       enf-pki show    FILE...
       enf-pki COMMAND --help

Keys are EC P-256. Certificates are valid from the year 0000 to 9999, because a card has no reliable clock.

example:
  enf-pki ca     --out pki
  enf-pki server --ca pki --out pki --name router
  enf-pki client --ca pki --out pki --address fd00:8f80:1::1234

exit status: 0 done, 1 a file cannot be read or written, 2 wrong use, 78 a file's content is unusable
`;

const files = (name: string): string => `\
  --out DIR          folder for ${name}.crt.pem (mode 644) and ${name}.key.pem (mode 600); made if missing
  --basename NAME    use NAME instead of "${name}" in both file names
  --force            replace existing files
  --not-before DATE  begin of validity (default: year 0000)
  --not-after DATE   end of validity (default: year 9999)
  --json             describe the result as JSON
  -h, --help
`;

const texts: Readonly<Record<Command, string>> = {
  ca: `\
usage: enf-pki ca --out DIR [--name NAME]

Makes an authority: a self-signed certificate that signs servers and clients.

  --name NAME        its common name (default: "ENF development root")
${files('ca')}`,
  server: `\
usage: enf-pki server --ca DIR --out DIR --name NAME [--san NAME|ADDRESS]...

Makes the certificate of a server.

  --ca DIR           folder with ca.crt.pem and ca.key.pem
  --name NAME        host name: common name and first alternative name
  --san NAME         further host name or IP address; may be repeated
${files('server')}`,
  client: `\
usage: enf-pki client (--ca DIR | --self-signed) --out DIR --address ADDRESS

Makes the certificate of a client. Its common name is the address of its tunnel.

  --ca DIR           folder with ca.crt.pem and ca.key.pem
  --self-signed      without an authority: for servers with a registry of clients
  --address ADDRESS  IPv6 address of the tunnel, for example fd00:8f80:1::1234
  --format FORMAT    common name as "hex" (32 digits, default) or "colons" (fd00:8f80:1::1234)
${files('client')}`,
  show: `\
usage: enf-pki show FILE... [--json]

Prints subject, tunnel address, issuer, validity and public key pin (SHA-256, base64, as in
remote.server_pins) of every certificate in the files, PEM or DER.

  --json             one JSON array
  -h, --help
`,
};

export function usage(command: Command | undefined): string {
  return command === undefined ? general : texts[command];
}
