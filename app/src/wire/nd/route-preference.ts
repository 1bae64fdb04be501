/**
 * Preference of a router or route, two bits (RFC 4191 section 2.1), at bits 3 and 4 of a flags byte. Binary 10 is
 * reserved: a receiver takes a router with it as medium and ignores a route with it.
 */
export type RoutePreference = 'high' | 'medium' | 'low' | 'reserved';

const byCode = ['medium', 'high', 'reserved', 'low'] as const;

export function preferenceFlags(preference: RoutePreference): number {
  return byCode.indexOf(preference) << 3;
}

export function preferenceFromFlags(flags: number): RoutePreference {
  // Two bits are always an index of the four names.
  return byCode[(flags >>> 3) & 3]!;
}
