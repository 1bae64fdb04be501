/** Mocha hooks around a Site: opened before the tests of a describe, closed after; logs shown on failure. */
import { Site, type SiteOptions } from '../harness/site.ts';
import { lastLines } from '../harness/process.ts';

/** Opens one site for all tests of the enclosing describe. Call the result inside tests. */
export function siteForAll(options: SiteOptions, prepare?: (site: Site) => Promise<void>) {
  let site: Site | undefined;
  before(async () => {
    site = await Site.open(options);
    await prepare?.(site);
  });
  return use(() => site);
}

/** Opens a site for each test: for tests that leave it in disorder. */
export function siteForEach(options: SiteOptions, prepare?: (site: Site) => Promise<void>) {
  let site: Site | undefined;
  beforeEach(async () => {
    site = await Site.open(options);
    await prepare?.(site);
  });
  const siteOf = use(() => site);
  afterEach(async () => {
    await site?.close();
    site = undefined;
  });
  return siteOf;
}

function use(current: () => Site | undefined): () => Site {
  afterEach(function () {
    const site = current();
    if (this.currentTest?.state !== 'failed' || site === undefined) return;
    for (const program of [site.enftun, site.enfServer]) {
      console.log(`--- ${program.name}\n${lastLines(program.log(), 25)}`);
    }
  });
  after(async () => {
    await current()?.close();
  });
  return () => current() as Site; // set by the hook that ran before the test
}

export const bothLinks = ['ethernet', 'tun'] as const;
export const bothUnderlays = ['ipv4', 'ipv6'] as const;
