/**
 * The catalogue of log messages: one stable code for each event at level info or above that a person or a test may look
 * up. The code ends the line in square brackets, so that the wording in front of it can be improved at any time.
 *
 * A code names the event in kebab case. What follows a dot is the cause, in the words of the status document or of the
 * error class. A code is never given to another event; docs/messages.md has a row for each
 * (docs/decisions/message-codes.md).
 */

const messages = {
  // The tunnel.
  'tunnel-up': 'A tunnel is up.',
  'tunnel-moved': 'The tunnel continues over another connection.',
  'tunnel-down.unreachable': 'No server could be reached.',
  'tunnel-down.server-untrusted': 'The certificate of the server was not accepted.',
  'tunnel-down.handshake-failed': 'TLS failed.',
  'tunnel-down.refused': 'The server refused this client.',
  'tunnel-down.closed': 'The server closed the connection.',
  'tunnel-down.connection-lost': 'The connection broke.',
  'tunnel-down.heartbeat-timeout': 'The heartbeat was not answered.',
  'tunnel-down.silent': 'The server sent nothing after the handshake.',
  'tunnel-down.bad-frame': 'The server sent a frame that is too long.',
  'tunnel-down.route-changed': 'The route to the server has changed.',
  'tunnel-down.moved': 'A better connection took over, and failed at once.',
  'tunnel-down.reloaded': 'The configuration or the identity has changed.',
  'search-restarted': 'The search for a server starts over.',

  // The identity.
  'no-identity.ca': 'The root certificates cannot be used.',
  'no-identity.certificate': 'The certificate cannot be used.',
  'no-identity.key': 'The private key cannot be used.',
  'no-identity.pair': 'The private key does not belong to the certificate.',
  'no-identity.name': 'The certificate does not name a usable address.',
  provisioning: 'The device asks for a new identity by itself (XTT).',
  provisioned: 'The device has received a new identity.',
  'provisioning-failed.busy': 'Another service of this machine is asking for its identity.',
  'provisioning-failed.tpm': 'The TPM cannot be used.',
  'provisioning-failed.tpm-locked': 'The TPM refuses to use keys for some time.',
  'provisioning-failed.group': 'The credentials of the group are missing or damaged.',
  'provisioning-failed.unreachable': 'No provisioning server can be used.',
  'provisioning-failed.server': 'The provisioning server gave no usable answer.',
  'provisioning-failed.refused': 'The ENF refuses this device.',
  'provisioning-failed.files': 'The files of the new identity cannot be written.',
  'identity-kept': 'New identity files cannot be used; the previous identity stays in use.',
  'key-exposed': 'Other users can read the private key.',
  'certificate-ends': 'The own certificate has expired or will soon.',
  'root-ends': 'All root certificates have expired or will soon.',
  'address-file-failed': 'The file of identity.ip_file cannot be written.',

  // The link to the host.
  'serving-host': 'The host is served from now on.',
  'link-connected': 'The interface to the host has a carrier.',
  'link-disconnected': 'The interface to the host has lost its carrier.',
  'link-mac-changed': 'The interface to the host has another MAC address.',
  'link-problem': 'The interface lacks something that the tunnel needs.',
  'link-restored': 'The interface has everything that the tunnel needs.',
  'link-failed': 'The interface cannot be opened or has failed; the service ends.',
  'address-changed': 'The identity names another address than before.',
  'announcement-limited': 'Routes or DNS settings were left out of the announcements.',
  'server-duid-replaced': 'The stored DHCPv6 server identifier was damaged and has been replaced.',
  'server-duid-not-stored': 'The DHCPv6 server identifier cannot be read or stored.',

  // The machine.
  'not-ready': 'Something on this machine keeps the tunnel from starting.',
  'start-failed': 'The program cannot start or continue; it ends.',
  'clock-behind': 'A certificate proves that the clock of this machine is behind.',
  'clock-floor-not-stored': 'The earliest possible time cannot be stored.',
  'native-tls-missing': 'The TLS addon cannot be used; Node.js encrypts the tunnel.',
  'storage-problem': 'The data partition of the card is damaged or closed.',
  'status-socket-failed': 'The status socket cannot be opened.',
  'kernel-watch-failed': 'The stream of kernel events broke and is opened again.',

  // The configuration.
  'config-warning': 'A key of the configuration is unknown, doubled, or has no effect.',
  'config-unusable': 'The configuration cannot be used; the program ends.',
  'config-kept': 'The new configuration cannot be used; the previous one stays in use.',
  'config-postponed': 'A new value takes effect with the next start.',
  reloaded: 'Configuration and identity have been read again.',
  'log-level-unknown': 'ENFTUN_LOG is not a log level.',

  // enftun-setup.
  'setup-up': 'Interface, routes and firewall of a tunnel are set up.',
  'setup-down': 'Interface, routes and firewall of a tunnel are removed.',
  'setup-failed': 'A set-up could not be made, removed or looked at.',
  'trusted-absent': 'A trusted interface is not here.',
  'rule-ahead': "Another program's rule comes before those of the tunnel.",

  // The page.
  'page-serving': 'The page is served from now on.',
  'page-status-missing': 'The page could not get the status of the service.',

  // psockd.
  'clients-serving': 'Programs can ask for sockets of the host from now on.',
  'client-not-accepted': 'A connection of a program could not be accepted.',
  'host-connected': 'A host is connected by USB.',
  'host-disconnected': 'The host has disconnected.',
  'host-stopped-reading': 'psock-host has stopped reading.',
  'host-network-changed': 'psock-host reports that the network of the host has changed.',
  'host-window': 'psock-host has granted a window per socket.',
  'transfer-failed': 'A USB transfer failed; it is tried again.',

  // psock-host.
  'card-awaited': 'The program waits for a card at a USB port.',
  'card-served': 'A card can ask for sockets from now on.',
  'card-unplugged': 'A card was unplugged.',
  'card-not-served': 'A card cannot be served; it is tried again.',
  'socket-connected': 'A connection for the card was made.',
  'socket-closed': 'A connection has ended.',
  'socket-reset':
    'A connection was reset because its network has disappeared or is no longer allowed.',
  'socket-refused': 'The policy forbids a connection that the card asked for.',
  'socket-failed': 'A connection could not be made.',
  'lines-omitted': 'The card causes more events than are printed.',

  // usb-gadget.
  'gadget-without-psock': 'The gadget has no interface for psock; the Ethernet interface works.',

  // enf-server.
  listening: 'Clients can connect from now on.',
  'listen-failed': 'The listening socket failed.',
  'session-opened': 'A client has a tunnel.',
  'session-ended': 'The tunnel of a client has ended.',
  'client-refused': 'The certificate of a client was not accepted.',
  'client-turned-away': 'A client was turned away on request (--misbehave).',
  'client-handshake-failed': 'TLS with a client failed.',
  'fault-active': 'The server misbehaves on request (--misbehave).',
  'iam-request': 'The identity service has answered a call (--iam).',
  'iam-registered': 'The identity service has registered a key for an address (--iam).',
  'xtt-assigned': 'The provisioning server has assigned an address to a device (--xtt).',
  'xtt-refused': 'The provisioning server has refused a device (--xtt).',
  'tun-failed': 'The TUN interface failed; the server ends.',
} as const;

export type MessageCode = keyof typeof messages;

/** What each code means, in one sentence. */
export const messageMeanings: Readonly<Record<MessageCode, string>> = messages;

export const messageCodes = Object.keys(messages) as MessageCode[];
