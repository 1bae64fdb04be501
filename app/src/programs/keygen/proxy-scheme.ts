/** The variables that name a proxy, lower case and upper case. */
const names = ['https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);

/** A proxy without a scheme is an HTTP proxy, as curl and wget have it; the library takes that of the target. */
export function addProxySchemes(environment: Record<string, string | undefined>): void {
  for (const name of names) {
    const value = environment[name]?.trim();
    if (value && !value.includes('://')) environment[name] = `http://${value}`;
  }
}
