import assert from 'node:assert/strict';
import { metricNames, type Measurement } from '../../bench/metrics.ts';
import { reportJson, reportText } from '../../bench/report.ts';

function measurement(value: number): Measurement {
  // Object.fromEntries forgets the keys; every one of metricNames is there.
  return Object.fromEntries(metricNames.map((name) => [name, value])) as Measurement;
}

describe('benchmark report', () => {
  const enftun = [measurement(20), measurement(30), measurement(40)];
  const reference = [measurement(10), measurement(10), measurement(10)];

  it('shows median and range of both and of the ratio per pair', () => {
    const line = reportText({ link: 'tun', enftun, reference })
      .split('\n')
      .find((text) => text.startsWith('TCP up'));
    assert.match(line ?? '', /30 \(20\.\.40\) +10 \(10\.\.10\) +3\.00 \(2\.00\.\.4\.00\)$/);
  });

  it('has the name of a peer above its column', () => {
    const text = reportText({ link: 'tun', enftun, reference, referenceName: 'OpenVPN' });
    assert.match(text.split('\n')[1] ?? '', / enftun +OpenVPN +ratio$/);
  });

  it('has no reference columns without a reference', () => {
    const text = reportText({ link: 'tun', enftun, reference: [] });
    assert.doesNotMatch(text, /reference|ratio|NaN/);
  });

  it('writes no number for a ratio to zero', () => {
    const idle = { link: 'tun', enftun: [measurement(0)], reference: [measurement(0)] } as const;
    assert.doesNotMatch(reportText(idle), /NaN|Infinity/);
  });

  it('gives every value as data', () => {
    const conditions = {
      machine: 'test',
      node: 'v20',
      secondsPerRun: 5,
      cableOffload: false,
      congestionControl: 'cubic',
    };
    const data = JSON.parse(reportJson(conditions, [{ link: 'tun', enftun, reference }])) as {
      links: { metrics: { name: string; ratio: number[] }[] }[];
    };
    const tcpUp = data.links[0]?.metrics.find(({ name }) => name === 'tcpUp');
    assert.deepEqual(tcpUp?.ratio, [2, 3, 4]);
  });
});
