/** The text of `enftun wifi --help`. */

export const wifiUsage = `Usage: enftun wifi COMMAND

WiFi of the card: which networks it may join, and how it is.

  add NAME             join this network from now on; its password is asked for,
                       or is the first line of standard input
      --passphrase-file FILE   or of a file
      --wpa2           WPA2 only: what is kept is a key for this network alone,
                       not the password (also: 64 hex digits are the key itself)
      --wpa3           WPA3 only; without either, whatever the network offers
      --open           no password, no encryption on the air
      --hidden         the network does not transmit its name
      --priority N     the highest in reach is taken; default 0
  remove NAME          forget a network
      --hex            add, remove: NAME is in hex digits
  list [--json]        the networks that are known; no passwords
  country [CC]         the country that the card is in (DE, FR, US...): decides
                       on channels and power
  status [--json]      whether the card is connected, and if not, why
  scan [--json]        the networks in reach

      --interface IF   default wlan0
      --folder FOLDER  where networks are kept; default /data/wifi

A running card takes up changes by itself. Networks of companies (802.1X) go into
the file own.conf of that folder, in the syntax of wpa_supplicant.

Exit status:
  0   success
  1   failure; wpa_supplicant does not answer
  2   mistake on the command line
  3   status: not connected
  78  the password cannot be one, or the network to remove is not known
`;

export const wifiUsageHint = 'Try "enftun wifi --help".';
