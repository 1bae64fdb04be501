/** The text of `usb-gadget --help`. */

export const usage = `Usage: usb-gadget create  [--config FILE] [--wait SECONDS] [--json]
       usb-gadget destroy [--json]
       usb-gadget status  [--json]
       usb-gadget check   [--config FILE] [--strict] [--json]

Makes this machine the USB device that a router card is, for the host at its
USB port: an Ethernet link, and a serial console if configured.

  create   make the device and connect it; replaces the one of an earlier run
  destroy  disconnect and remove it; removes what a failed run left, too
  status   what the device is and whether a host uses it
  check    what create would make, without making it

  -c, --config FILE   default /etc/usb-gadget.json
      --wait SECONDS  how long the USB device controller may take to appear
                      (default 10)
      --strict        warnings are errors, too
      --json          print the result as JSON
  -h, --help          print this text

Exit status:
  0   done; status: connected to a controller
  1   the system refused; status: there is no device, or it is not connected
  2   mistake on the command line
  78  the configuration cannot be used; a restart will not help

Serial number and MAC addresses come from /rom (serial, mac_address/1 for the
host's end, mac_address/2 for this end). What is missing there is derived, with
a warning: addresses from the serial number, that from the machine id.

Example:
  usb-gadget check && usb-gadget create && ip link set usb0 up
`;

export const usageHint = 'Try "usb-gadget --help".';
