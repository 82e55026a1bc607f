/**
 * `node checks.ts PINS SCRATCH CGROUP`, started by with-descriptors: checks each map that make-maps.sh pinned, and
 * prints a row for each as JSON. This is the process that uses @blixt/bpf-maps.
 */
import { BpfMap, type MapType, mapTypes } from '@blixt/bpf-maps';
import { dataChecks } from './data-checks.ts';
import { programChecks } from './program-checks.ts';
import { referenceChecks } from './reference-checks.ts';
import { refusals } from './refusals.ts';
import type { Row } from './row.ts';
import { socketChecks } from './socket-checks.ts';
import { storageChecks } from './storage-checks.ts';
import type { Check, Subject } from './subject.ts';

const checks: Readonly<Record<MapType, Check>> = {
  ...dataChecks,
  ...referenceChecks,
  ...socketChecks,
  ...storageChecks,
  ...programChecks,
};

const [pins = '', scratch = '', cgroup = ''] = process.argv.slice(2);

function number(name: string): number {
  const text = process.env[name];
  if (text === undefined) throw new Error(`with-descriptors did not tell ${name}`);
  return Number(text);
}

async function check(type: MapType): Promise<Row> {
  const subject: Subject = {
    pin: `${pins}/maps/m_${type}`,
    other: (name) => `${pins}/${name}`,
    number,
    cgroup,
    scratch,
  };
  try {
    using map = BpfMap.openPinned(subject.pin, { codec: 'bytes' });
    if (map.info.type !== type) throw new Error(`it is of type ${map.info.type}`);
    const finding = await checks[type](subject);
    return { type, ...finding, refused: refusals(subject.pin) };
  } catch (error) {
    return { type, failure: error instanceof Error ? error.message : String(error) };
  }
}

const rows: Row[] = [];
for (const { type } of mapTypes) rows.push(await check(type));
console.log(JSON.stringify(rows));
