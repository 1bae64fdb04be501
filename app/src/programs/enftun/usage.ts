/** The texts of `enftun --help` and of a mistake on the command line. */

export const usage = `Usage: enftun -c FILE [-p KEY]

The tunnel service: connects this machine, or the host at its USB port, to the ENF.

  -c, --config FILE      configuration file; without -p, run until stopped
  -p, --print KEY        print the value that the service would use for KEY
      --log-level LEVEL  error, warning, info (default) or debug
  -h, --help             print this text
  -v, --version          print the version

Commands:
  enftun status [NAME] [--json]     print the state of the tunnels of this
                                    machine, or of the one called NAME; also
                                    -c FILE or --socket PATH
  enftun check -c FILE [--strict]   report what is wrong with a configuration and
                                    its certificate; with --strict, warnings are
                                    treated as errors
  enftun report -c FILE             print what is needed for support: settings,
                                    certificate, status, network, log; no keys
                                    and no passwords
  enftun keys [--markdown]          explain every key of the configuration
  enftun wifi add|remove|list|country|status|scan
                                    manage WiFi; see enftun wifi --help
  enftun page --socket PATH         serve the page for the host on the socket that
                                    systemd hands over, or --listen '[ADDR%IF]:80'

Exit status:
  0   success; stopped by a signal
  1   failure while running; unknown KEY; the status cannot be read
  2   mistake on the command line
  3   status: the service runs, and a tunnel is not up
  78  the configuration cannot be used; a restart will not help

Signals:
  SIGTERM, SIGINT   close the tunnel and end; a second signal ends at once

Environment:
  ENFTUN_LOG        log level, when --log-level is not given
  NO_COLOR          no colours on a terminal

Files named in the configuration are relative to the working directory, files
that it includes to the file that includes them. The log goes to stderr.

Example:
  cd /etc/enftun && enftun -c server.conf
  enftun -c /etc/enftun/server.conf -p remote.hosts
`;

export const usageHint = 'Try "enftun --help".';
