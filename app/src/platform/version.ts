/**
 * The number that `enftun -v` prints: the version of package.json (a test compares them), written here for the bundle.
 */
export const version = '0.1.0';
