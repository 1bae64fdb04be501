/** Debian's version numbers, as far as choosing the source package nearest to a wanted upstream version needs them. */

/** "1:4.5.2+20251210-1" and "1.3.dfsg+really1.3.1-1" are 4.5.2 and 1.3.1 upstream. */
export function upstreamVersion(version) {
  return version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/.*\+really/, '')
    .replace(/[.+~](dfsg|ds|bpo|deb).*$/, '')
    .replace(/\+2\d{7}$/, '');
}

const numbers = (version) =>
  version
    .split(/[^0-9]+/)
    .filter(Boolean)
    .map(Number);

/** Where two versions first differ, how far, and in which direction. */
function distance(version, wanted) {
  const [a, b] = [numbers(version), numbers(wanted)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return { index, size: Math.abs(difference), isNewer: difference > 0 };
  }
  return { index: Infinity, size: 0, isNewer: false };
}

/** Debian versions, the nearest to the wanted upstream version first; of two equally near ones the older. */
export function nearest(versions, wanted) {
  const ranked = versions.map((version) => ({
    version,
    ...distance(upstreamVersion(version), wanted),
  }));
  ranked.sort((a, b) => b.index - a.index || a.size - b.size || a.isNewer - b.isNewer);
  return ranked.map(({ version }) => version);
}
