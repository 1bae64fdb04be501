import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { CardError } from '../../src/errors.ts';
import { routeAround } from '../../src/route.ts';

/** `ip` with these answers; any other question fails, as for an unreachable destination. */
const answers =
  (known: Record<string, unknown>) =>
  (words: readonly string[]): Promise<unknown> =>
    Promise.resolve(known[words.join(' ')]);

const target = '2001:db8::1';
const by = (device: string, source?: string) => ({ device, source });
const table = '-6 route show table all type unicast';

describe('the route around the card', () => {
  it('is the best one where that is not the card', async () => {
    const ask = answers({
      [`route get ${target}`]: [{ dev: 'eth0' }],
    });
    assert.deepEqual(await routeAround(target, ['usb0'], ask), by('eth0'));
  });

  it('is the next best where the best is the card', async () => {
    const ask = answers({
      [`route get ${target}`]: [{ dev: 'usb0' }],
      [table]: [
        { dst: 'default', dev: 'wlan0', metric: 600 },
        { dst: 'default', dev: 'usb0', metric: 100 },
        { dst: 'fe80::/64', dev: 'eth1' },
        { dst: 'default', dev: 'eth0', metric: 200 },
        { dst: '::1', dev: 'lo' },
        { dst: 'unreachable' },
      ],
      [`route get ${target} oif eth0`]: [{ dev: 'eth0' }],
      [`route get ${target} oif wlan0`]: [{ dev: 'wlan0' }],
    });
    assert.deepEqual(await routeAround(target, ['usb0'], ask), by('eth0'));
    assert.deepEqual(await routeAround(target, ['usb0', 'eth0'], ask), by('wlan0'));
  });

  it('is none where every way leads through the card', async () => {
    const known = {
      [`route get ${target}`]: [{ dev: 'usb0' }],
      [table]: [
        { dst: 'default', dev: 'usb0' },
        { dst: 'fe80::/64', dev: 'eth0' },
      ],
    };
    assert.equal(await routeAround(target, ['usb0'], answers(known)), undefined);
    // A kernel that answers by another interface than asked for.
    const elsewhere = { ...known, [`route get ${target} oif eth0`]: [{ dev: 'usb0' }] };
    assert.equal(await routeAround(target, ['usb0'], answers(elsewhere)), undefined);
  });

  it('is none where `ip` fails', async () => {
    assert.equal(await routeAround(target, ['usb0'], answers({})), undefined);
  });

  it('is none by an interface without a route there, whatever the kernel says', async () => {
    const ask = answers({
      'route get 192.0.2.1': [{ dev: 'usb0' }],
      '-4 route show table all type unicast': [
        { dst: '10.0.0.0/8', dev: 'eth0' },
        { dst: '192.0.2.0/24', dev: 'eth1', metric: 5 },
      ],
      'route get 192.0.2.1 oif eth0': [{ dev: 'eth0' }],
      'route get 192.0.2.1 oif eth1': [{ dev: 'eth1' }],
    });
    assert.deepEqual(await routeAround('192.0.2.1', ['usb0'], ask), by('eth1'));
    assert.equal(await routeAround('192.0.2.1', ['usb0', 'eth1'], ask), undefined);
  });

  it('asks for IPv4 by IPv4', async () => {
    const ask = answers({
      'route get 192.0.2.1': [{ dev: 'usb0' }],
      '-4 route show table all type unicast': [{ dst: 'default', dev: 'eth0' }],
      'route get 192.0.2.1 oif eth0': [{ dev: 'eth0' }],
    });
    assert.deepEqual(await routeAround('192.0.2.1', ['usb0'], ask), by('eth0'));
  });

  describe('asked of a program', () => {
    const path = process.env.PATH;
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(`${tmpdir()}/route-`);
      process.env.PATH = `${folder}:${path}`;
    });
    afterEach(() => {
      process.env.PATH = path;
      rmSync(folder, { recursive: true });
    });
    const program = (script: string) =>
      writeFileSync(`${folder}/ip`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });

    it('is what it says', async () => {
      program(`[ "$2 $3 $4" = "route get ${target}" ] && echo '[{"dev":"eth0"}]'`);
      assert.deepEqual(await routeAround(target, []), by('eth0'));
    });

    it('is none when the kernel refuses', async () => {
      program('echo "RTNETLINK answers: Network is unreachable" >&2; exit 2');
      assert.equal(await routeAround(target, ['usb0']), undefined);
    });

    it('is not taken for none when the program fails without a word, or is not there', async () => {
      const isReported = (error: unknown): boolean =>
        error instanceof CardError && /^ip\(8\) cannot be run .*iproute2/.test(error.message);
      program('exit 1');
      await assert.rejects(routeAround(target, ['usb0']), isReported);
      process.env.PATH = `${folder}/none`;
      await assert.rejects(routeAround(target, []), isReported);
    });
  });

  describe('when the kernel would leave from the address of the card', () => {
    const info = (local: string, more = {}) => ({
      family: 'inet6',
      local,
      scope: 'global',
      ...more,
    });
    const known = (...addresses: object[]) => ({
      [`route get ${target}`]: [{ dev: 'eth0', prefsrc: 'fd00::7' }],
      'address show dev usb0': [{ addr_info: [info('fd00::7')] }],
      'address show dev eth0': [{ addr_info: addresses }],
    });

    it('leaves from one of the interface', async () => {
      const ask = answers(
        known(
          { ...info('fe80::1'), scope: 'link' },
          { family: 'inet', local: '192.0.2.5', scope: 'global' },
          info('2001:db8:7::1', { tentative: true }),
          info('2001:db8:7::2', { deprecated: true }),
          info('2001:db8:7::3'),
        ),
      );
      assert.deepEqual(await routeAround(target, ['usb0'], ask), by('eth0', '2001:db8:7::3'));
    });

    it('from a deprecated one rather than not at all', async () => {
      const ask = answers(known(info('2001:db8:7::2', { deprecated: true })));
      assert.deepEqual(await routeAround(target, ['usb0'], ask), by('eth0', '2001:db8:7::2'));
    });

    it('takes another interface where this one has no address', async () => {
      const ask = answers({
        ...known(),
        [table]: [{ dst: 'default', dev: 'wlan0', metric: 600 }],
        [`route get ${target} oif wlan0`]: [{ dev: 'wlan0', prefsrc: '2001:db8:8::1' }],
      });
      assert.deepEqual(await routeAround(target, ['usb0'], ask), by('wlan0'));
    });
  });
});
