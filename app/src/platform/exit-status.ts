/** The exit statuses of the programs; units and scripts rely on them. */
export const exitStatus = {
  success: 0,
  /** Something outside failed, or the key of `-p` is unknown. */
  runtime: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** Of `enftun status`: the service runs, and the tunnel is not up. */
  notUp: 3,
  /** The configuration cannot be used (EX_CONFIG of sysexits.h): restarting does not help. */
  configuration: 78,
} as const;
