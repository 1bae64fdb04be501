/** A card with half of the memory: room to spare for what comes. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { CardSite, runFolder } from '../harness/qemu/card-site.ts';
import { patience, rest } from './card-fixture.ts';
import { availableMebibytes, residentMebibytes } from './memory.ts';

describe('a card with 128 MB of memory', () => {
  let site: CardSite;
  before(async () => {
    await rest();
    site = await CardSite.prepare(
      { folder: path.join(runFolder, 'small'), megabytes: 128 },
      'small',
    );
    await site.powerOn(120 * patience);
    await site.untilStarted(120 * patience);
  });
  after(() => site.machine.cutPower());

  it('has its tunnel, and 40 MiB to spare', async () => {
    await site.console.untilRead(
      'the tunnel',
      'systemctl show -P StatusText enftun@enf0',
      60 * patience,
      (text) => text.includes('[tunnel-up]'),
    );
    const resident = await residentMebibytes(site.console);
    const available = await availableMebibytes(site.console);
    console.log(
      `      128 MB: service ${resident.toFixed(0)} MiB resident, ${available.toFixed(0)} MiB available`,
    );
    assert.ok(resident <= 90, `${resident} MiB`);
    assert.ok(available >= 40, `${available} MiB`);
  });
});
