/** What we print is read here by the parser of Prometheus's own client library (Debian: python3-prometheus-client). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { formatOpenMetrics, type MetricFamily } from '../../../src/status/openmetrics.ts';
import { statusMetrics } from '../../../src/status/status-metrics.ts';
import { status, traffic, waitingState } from './status-fixture.ts';

interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

// Not a Python that shadows Debian's: that one has no such package.
const python = '/usr/bin/python3';
const parser = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
print(json.dumps([
    {"name": family.name, "type": family.type, "unit": family.unit, "help": family.documentation,
     "samples": [{"name": s.name, "labels": s.labels, "value": s.value} for s in family.samples]}
    for family in text_string_to_metric_families(sys.stdin.read())]))
`;

function parse(families: readonly MetricFamily[]): ParsedFamily[] {
  const input = formatOpenMetrics(families);
  const {
    status: exit,
    stdout,
    stderr,
  } = spawnSync(python, ['-c', parser], {
    input,
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(exit, 0, stderr);
  return JSON.parse(stdout) as ParsedFamily[];
}

describe('the metrics of the status, as Prometheus reads them', () => {
  before(function () {
    const { status: exit } = spawnSync(python, [
      '-c',
      'import prometheus_client.openmetrics.parser',
    ]);
    if (exit !== 0) this.skip();
  });

  const valueOf = (families: readonly ParsedFamily[], name: string, labels: object) =>
    families
      .flatMap(({ samples }) => samples)
      .find(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      )?.value;

  it('are of a tunnel that is up', () => {
    const families = parse(statusMetrics([status()]));
    const tunnel = 'enf0';
    const value = (name: string, labels: object = {}) =>
      valueOf(families, name, { tunnel, ...labels });
    assert.equal(value('enftun_info', { version: '1.2.3', node: 'v20.0.0' }), 1);
    assert.equal(value('enftun_state', { enftun_state: 'up' }), 1);
    assert.equal(value('enftun_state', { enftun_state: 'waiting' }), 0);
    assert.equal(value('enftun_uptime_seconds'), 4000);
    assert.equal(value('enftun_session_age_seconds', { transport: 'tcp' }), 3720);
    assert.equal(
      value('enftun_certificate_expiry_timestamp_seconds'),
      Date.parse('2027-03-01') / 1000,
    );
    assert.equal(value('enftun_link_bytes_total', { direction: 'egress' }), 1_500_000_000);
    assert.equal(value('enftun_tunnel_packets_total', { direction: 'ingress' }), 900);
    assert.equal(
      value('enftun_tunnel_drops_total', { direction: 'egress', reason: 'wrong_source' }),
      3,
    );
    assert.equal(
      value('enftun_tunnel_drops_total', { direction: 'ingress', reason: 'wrong_destination' }),
      1,
    );
    assert.equal(value('enftun_router_messages_total', { kind: 'mdns' }), 77);
    assert.equal(value('enftun_problem'), undefined);
  });

  it('are of several tunnels, one without a session, one silent', () => {
    const waiting = { ...status({ tunnel: waitingState }), name: 'enf1' };
    const families = parse(statusMetrics([status(), waiting], ['enf2']));
    const ofEach = (name: string) =>
      ['enf0', 'enf1', 'enf2'].map((tunnel) => valueOf(families, name, { tunnel }));
    assert.deepEqual(ofEach('enftun_responding'), [1, 1, 0]);
    assert.deepEqual(ofEach('enftun_session_age_seconds'), [3720, undefined, undefined]);
    assert.deepEqual(ofEach('enftun_sessions_total'), [1, 1, undefined]);
  });

  it('count each packet once', () => {
    const egress = { ...traffic.egress, marked: 6 };
    const { ingress } = traffic;
    const families = parse(statusMetrics([status({ traffic: { ...traffic, egress } })]));
    const sum = (name: string, direction: string) =>
      families
        .flatMap(({ samples }) => samples)
        .filter((sample) => sample.name === name && sample.labels.direction === direction)
        .reduce((total, { value }) => total + value, 0);
    const total = (counters: object) =>
      Object.values(counters as Record<string, number>).reduce((all, count) => all + count, 0);
    assert.equal(
      sum('enftun_tunnel_packets_total', 'egress') + sum('enftun_tunnel_drops_total', 'egress'),
      total(egress) - egress.control - egress.marked,
    );
    assert.equal(
      sum('enftun_tunnel_packets_total', 'ingress') + sum('enftun_tunnel_drops_total', 'ingress'),
      total(ingress) - ingress.empty - ingress.heartbeatReply,
    );
  });

  it('leave out what is not known', () => {
    const families = parse(statusMetrics([status({ memoryBytes: null, traffic: null })]));
    const names = families.map(({ name }) => name);
    assert.equal(names.includes('enftun_resident_memory_bytes'), false);
    assert.equal(names.includes('enftun_tunnel_drops'), false);
  });

  it('keep every character of a label and a help text', () => {
    const text = 'a "b" \\ c\nd \\n';
    const family: MetricFamily = {
      name: 'x_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: text,
      samples: [{ labels: { tunnel: text }, value: 1.5 }],
    };
    const [parsed] = parse([family]);
    assert.equal(parsed?.help, text);
    assert.equal(parsed?.unit, 'seconds');
    assert.deepEqual(parsed?.samples, [
      { name: 'x_seconds', labels: { tunnel: text }, value: 1.5 },
    ]);
  });
});
