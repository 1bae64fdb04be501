import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../../../src/config/load.ts';
import { rowOf, settingNames } from '../../../../src/config/schema.ts';
import { Reloader } from '../../../../src/daemon/reload/reloader.ts';
import { RunningConfig } from '../../../../src/daemon/reload/running-config.ts';
import { MemoryLog } from '../../platform/memory-log.ts';
import { systemClock } from '../../../../src/platform/deadline-timer.ts';
import { serverHosts } from '../../uplink/server-hosts.ts';

describe('a reload of the configuration', () => {
  let folder: string;
  let file: string;
  let running: RunningConfig;
  const write = (text: string): void => writeFileSync(file, text);
  const start = 'tun = { dev = "enf3" }\nremote = { hosts = [ "192.0.2.1" ] }\n';

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'reload-'));
    file = path.join(folder, 'enf0.conf');
    write(start);
    running = new RunningConfig(loadConfig(file));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe('running configuration', () => {
    it('takes over what may change', () => {
      write(`${start}route = { ra_period = 5000 }\n`);
      const { changed, postponed } = running.change(loadConfig(file));
      assert.deepEqual([changed, postponed], [['route.ra_period'], []]);
      assert.equal(running.current.route.raPeriod, 5000);
    });

    it('sees no change where the file says the same in other words', () => {
      write('remote : { host = "192.0.2.1"; port = "443" } # the same\ntun : { dev = "enf3" }');
      const { changed, postponed } = running.change(loadConfig(file));
      assert.deepEqual([changed, postponed], [[], []]);
    });

    it('keeps what is read at the start only, and says so each time until then', () => {
      write('tun = { dev = "enf4" }\nremote = { hosts = [ "192.0.2.2" ] }\n');
      for (const expected of [['remote.hosts'], []]) {
        const { changed, postponed } = running.change(loadConfig(file));
        assert.deepEqual(changed, expected);
        assert.deepEqual(postponed, ['link.dev', 'tun.dev']);
        assert.equal(running.current.tun.dev, 'enf3');
        assert.equal(running.current.link.dev, 'enf3');
        assert.deepEqual(running.current.remote.hosts, serverHosts('192.0.2.2'));
      }
    });

    it('is checked as it would be used, with what stays until the next start', () => {
      write('link = { type = "ethernet" }\n');
      running = new RunningConfig(loadConfig(file));
      const before = running.current;
      write('link = { type = "tun" }\n\nroute = { allow_ipv4 = true }\n');
      assert.throws(() => running.change(loadConfig(file)), {
        name: 'ConfigError',
        message:
          `${file}:3: route.allow_ipv4: contradicts what stays until the next start ` +
          '(link.type, link.dev); expected false, found true',
      });
      assert.equal(running.current, before, 'nothing was taken over');
    });

    it('goes back to a default when a key is gone', () => {
      write('tun = { dev = "enf3" }\n');
      assert.deepEqual(running.change(loadConfig(file)).changed, ['remote.hosts']);
      assert.deepEqual(running.current.remote.hosts, serverHosts('23.147.128.112'));
    });

    it('finds what concerns the host', () => {
      const concerning = settingNames.filter((name) => rowOf(name).concerns === 'host');
      assert.deepEqual(concerning, [
        'link.host_mac',
        'tun.lladdr',
        'route.prefixes',
        'route.allow_ipv4',
        'route.ra_period',
        'route.dns_servers',
        'route.dns_search',
      ]);
    });
  });

  describe('reloader', () => {
    let log: MemoryLog;
    let events: string[];
    let isOtherIdentity: boolean;
    let reloader: Reloader;

    beforeEach(() => {
      log = new MemoryLog();
      events = [];
      isOtherIdentity = false;
      reloader = new Reloader({
        running,
        load: () => loadConfig(file),
        clock: systemClock,
        reloadIdentity: () => Promise.resolve(isOtherIdentity),
        onConfig: (changed) => events.push(`config ${changed.join()}`),
        onChange: () => events.push('change'),
        onSame: () => events.push('same'),
        log,
      });
    });

    it('touches nothing when nothing is different', async () => {
      await reloader.reload();
      assert.deepEqual(events, ['same']);
      assert.deepEqual(log.lines, ['info: reloaded: nothing has changed [reloaded]']);
    });

    it('starts over with another configuration', async () => {
      write(`${start}route = { ra_period = 5000 }\nsurprise = 1\n`);
      await reloader.reload();
      assert.deepEqual(events, ['config route.ra_period', 'change']);
      assert.match(log.lines[0]!, /^warning: .*enf0\.conf:4: surprise.*\[config-warning\]$/);
      assert.equal(log.lines[1], 'info: reloaded: route.ra_period changed [reloaded]');
    });

    it('leaves the processor to the traffic between two reloads', async () => {
      const start = performance.now();
      await reloader.reload();
      await reloader.reload();
      assert.deepEqual(events, ['same', 'same']);
      assert.ok(performance.now() - start >= 490);
    });

    it('starts over with another identity', async () => {
      isOtherIdentity = true;
      await reloader.reload();
      assert.deepEqual(events, ['change']);
    });

    it('warns of what needs a start, and leaves the tunnel alone for it', async () => {
      write('tun = { dev = "enf4" }\nremote = { hosts = [ "192.0.2.1" ] }\n');
      await reloader.reload();
      assert.deepEqual(events, ['same']);
      assert.match(log.lines[0]!, /^warning: link\.dev, tun\.dev: .*\[config-postponed\]$/);
    });

    for (const [name, text, problem] of [
      ['cannot be parsed', 'tun = {', /enf0\.conf:1: /],
      ['has a wrong value', 'remote = { port = "70000" }', /enf0\.conf:1: remote\.port: /],
    ] as const) {
      it(`changes nothing when the file ${name}, and logs that once`, async () => {
        write(text);
        await reloader.reload();
        assert.deepEqual(events, []);
        assert.equal(log.lines.length, 1);
        assert.match(log.lines[0]!, problem);
        assert.match(log.lines[0]!, /^error: .*\[config-kept\]$/);
        assert.equal(running.current.tun.dev, 'enf3');
      });
    }

    it('works off several requests one after the other', async () => {
      const first = reloader.reload();
      write(`${start}route = { ra_period = 5000 }\n`);
      await Promise.all([first, reloader.reload()]);
      assert.ok(events.includes('change'));
      assert.equal(log.lines.length, 2);
    });
  });
});
