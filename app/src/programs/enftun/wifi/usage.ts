/** The text of `enftun wifi --help`. */

export const wifiUsage = `Usage: enftun wifi COMMAND

Manages the WiFi of the card: the networks that it may join, and its state.

  add NAME             join this network from now on; asks for its password, or
                       reads it from the first line of standard input
      --passphrase-file FILE   read it from the first line of FILE
      --wpa2           WPA2 only: stores a key for this network alone, not the
                       password; accepts the key itself as 64 hex digits
      --wpa3           WPA3 only; default: what the network offers
      --open           no password, no encryption on the air
      --hidden         the network does not transmit its name
      --priority N     join the network in range with the highest; default 0
  remove NAME          forget a network
      --hex            add, remove: NAME is in hex digits
  list [--json]        list the networks, without passwords
  country [CC]         print or set the country of the card (DE, FR, US...), which
                       determines channels and power
  status [--json]      print whether the card is connected, and if not, why
  scan [--json]        list the networks in range

      --interface IF   default wlan0
      --folder FOLDER  folder of the networks; default /data/wifi

A running card applies changes by itself. Networks of companies (802.1X) belong in
the file own.conf of that folder, in the syntax of wpa_supplicant.

Exit status:
  0   success
  1   failure; wpa_supplicant does not answer
  2   mistake on the command line
  3   status: not connected
  78  the password is not valid, or the network to remove does not exist
`;

export const wifiUsageHint = 'Try "enftun wifi --help".';
