/** What the units must say so that there is no time without protection, whatever is restarted, upgraded or fails. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../../../src/programs/setup/system');

/** Every value of each key, in the order of the file. */
function unit(name: string): (key: string) => string[] {
  const text = readFileSync(path.join(folder, name), 'utf8');
  const lines = [...text.matchAll(/^([A-Za-z]+)=(.*)$/gm)];
  return (wanted) => lines.flatMap(([, key, value = '']) => (key === wanted ? [value] : []));
}

describe('the units of a gateway', () => {
  const setUp = unit('enftun-setup@.service');
  const tunnel = unit('enftun@.service');

  it('set up before the network starts', () => {
    assert.deepEqual(setUp('Before'), ['network-pre.target']);
    assert.deepEqual(setUp('Wants'), ['network-pre.target']);
  });

  it('do not stop the set-up at a shutdown, which default dependencies would do', () => {
    assert.deepEqual(setUp('DefaultDependencies'), ['no']);
    assert.deepEqual(setUp('Conflicts'), []);
  });

  it('keep the set-up when the tunnel ends, and start it with the tunnel', () => {
    assert.deepEqual(setUp('RemainAfterExit'), ['yes']);
    assert.deepEqual(tunnel('BindsTo'), ['enftun-setup@%i.service']);
    assert.match(tunnel('After').join(' '), /enftun-setup@%i\.service/);
    for (const key of ['PartOf', 'BindsTo', 'Requires', 'StopWhenUnneeded']) {
      assert.deepEqual(setUp(key), [], key);
    }
  });

  it('set up again after nftables has flushed its rules', () => {
    assert.ok(setUp('After').includes('nftables.service'));
    const reload = 'enftun-setup@*.service';
    for (const key of ['ExecStartPost', 'ExecReload', 'ExecStopPost']) {
      assert.ok(unit('nftables-reload.conf')(key)[0]?.endsWith(`reload ${reload}`), key);
    }
    assert.deepEqual(setUp('ExecReload'), setUp('ExecStart'));
  });

  it('restart the tunnel without end, but not with a configuration that cannot be used', () => {
    assert.deepEqual(tunnel('Restart'), ['always']);
    assert.deepEqual(tunnel('StartLimitIntervalSec'), ['0']);
    assert.deepEqual(tunnel('RestartPreventExitStatus'), ['78']);
  });

  it('retry a set-up that failed, and let it read a configuration of the tunnel alone', () => {
    assert.deepEqual(setUp('Restart'), ['on-failure']);
    assert.deepEqual(setUp('StartLimitIntervalSec'), ['0']);
    assert.deepEqual(setUp('RestartPreventExitStatus'), ['78']);
    assert.deepEqual(setUp('CapabilityBoundingSet'), ['CAP_NET_ADMIN CAP_DAC_READ_SEARCH']);
  });

  it('give the tunnel one capability and a user of its own', () => {
    assert.deepEqual(tunnel('User'), ['enftun']);
    for (const key of ['AmbientCapabilities', 'CapabilityBoundingSet']) {
      assert.deepEqual(tunnel(key), ['CAP_NET_ADMIN'], key);
    }
  });
});
