/** Help text of enf-server. */
import { faultHelp } from './faults.ts';

export const usage = `\
enf-server is a development ENF: the server end of enftun's tunnels.

usage: enf-server --listen [ADDR]:PORT... --cert FILE --key FILE
                  (--client-ca FILE | --registry DIR | --any-client)... [--tun NAME | --echo]

connections
  --listen [ADDR]:PORT  PORT, IPV4:PORT or [IPV6]:PORT; [::]:PORT serves IPv4 too; may be repeated
  --cert FILE           certificate of this server, PEM
  --key FILE            its private key, PEM

clients (decided after the handshake; each option admits more)
  --client-ca FILE      clients whose certificate this authority signed, PEM
  --registry DIR        clients whose certificate is in this folder, self-signed ones too
  --any-client          every client whose certificate names an address

beyond the clients (default: clients reach only each other)
  --tun NAME            an IPv6 network behind this TUN interface; made if it does not exist
  --tun-offload on|off  exchange super-packets with the kernel (default on)
  --echo                no network: every address answers pings and returns UDP datagrams

  --misbehave KIND      see below; may be repeated
  --status-socket PATH  send the state as JSON to each client of this AF_UNIX socket
  --log-level LEVEL     error, warning, info (default) or debug
  -h, --help

faults, for tests of clients
${faultHelp}
signals: SIGUSR1 prints the state on stdout, one line of JSON; SIGTERM and SIGINT end in good order.
exit status: 0 ended by a signal, 1 runtime failure, 2 wrong use, 78 a file's content is unusable

example:
  enf-pki ca --out pki && enf-pki server --ca pki --out pki --name router
  enf-server --listen [::]:4443 --cert pki/server.crt.pem --key pki/server.key.pem \\
             --client-ca pki/ca.crt.pem --echo
`;
