/** The text of `usb-gadget --help`. */

export const usage = `Usage: usb-gadget create  [--config FILE] [--wait SECONDS] [--json]
       usb-gadget destroy [--json]
       usb-gadget status  [--config FILE] [--json]
       usb-gadget check   [--config FILE] [--strict] [--json]

Makes this machine a router card for the host at its USB port: a USB device with
an Ethernet link, and a serial console if configured.

  create   make the device, hide this machine's kernel on its network interface and
           bring the interface up; replaces the device of an earlier run
  destroy  disconnect and remove the device, and what a failed run has left
  status   print the device, whether a host uses it, and what it lacks
  check    print what create would make, without making it

  -c, --config FILE   default /etc/usb-gadget.json
      --wait SECONDS  how long the USB device controller may take to appear
                      (default 10)
      --strict        treat warnings as errors
      --json          print the result as JSON
  -h, --help          print this text

Exit status:
  0   done; status: complete and connected to a controller
  1   the system refused; status: there is no device, it is not connected, or it
      lacks something that the configuration asks for
  2   mistake on the command line
  78  the configuration cannot be used; a restart will not help

Serial number and MAC addresses come from /rom (serial, mac_address/1 for the
host's end, mac_address/2 for this end). What is missing there is derived, with
a warning: the addresses from the serial number, the serial number from the
machine id.

On a card the device belongs to usb-gadget.service, and create and destroy are
refused while that unit runs: "systemctl restart usb-gadget" recreates it.

Example:
  usb-gadget check && usb-gadget create
`;

export const usageHint = 'Try "usb-gadget --help".';
