import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lint } from './lint.ts';
import { printGithub } from './print-github.ts';
import { printHuman } from './print-human.ts';
import { printJson } from './print-json.ts';
import { printSarif } from './print-sarif.ts';

/** Lines that make up manifests, right and wrong ones. */
const line = fc.constantFrom(
  'apiVersion: gateway.networking.k8s.io/v1',
  'apiVersion: v1',
  'kind: Gateway',
  'kind: TCPRoute',
  'kind: Service',
  'kind: List',
  'kind: [',
  'metadata: {name: a}',
  'metadata: &m {name: on, labels: *m}',
  'metadata:',
  '  name: a',
  'items: [*m, {kind: Gateway}, 3]',
  'spec: {ports: [{port: 99999}, {port: 80, <<: *m}]}',
  'spec:',
  '  listeners: &l',
  '    - {name: a, port: 80, protocol: TCP}',
  '    - *l',
  '    - <<: *l',
  '  parentRefs: [{name: a, sectionName: "\\u0000"}]',
  '  rules: [{backendRefs: [{name: a, port: 0x50}]}]',
  '? [a, b]: c',
  '__proto__: {kind: Service}',
  '"metadata": !!set {a, b}',
  '--- !!binary x',
  '---',
  '...',
  '\t- x',
  '%YAML 1.1',
  '| ',
  '# \u{1f9ea}\r',
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json({ maxDepth: 4 }),
  fc
    .array(fc.oneof({ weight: 9, arbitrary: line }, { weight: 1, arbitrary: fc.string() }), { maxLength: 30 })
    .map((it) => it.join('\n')),
);

describe('whatever a file holds', () => {
  it('is told without a throw, at a place in the file, in every format', () => {
    fc.assert(
      fc.property(text, (content) => {
        const report = lint([{ file: 'a.yaml', text: content }], { references: 'all' });
        const lines = content.split('\n').length;
        for (const { span, message } of report.findings) {
          expect(message).not.toBe('');
          expect(span.line).toBeGreaterThanOrEqual(1);
          expect(span.line).toBeLessThanOrEqual(lines);
          expect(span.column).toBeGreaterThanOrEqual(1);
          expect([span.endLine, span.endColumn >= span.column]).toEqual([span.line, true]);
        }
        printHuman(report);
        expect(JSON.parse(printJson(report)).findings).toHaveLength(report.findings.length);
        const sarif = JSON.parse(printSarif(report, { version: '1.0.0', directory: '/' }));
        expect(sarif.runs[0].results).toHaveLength(report.findings.length);
        expect(printGithub(report).trimEnd().split('\n')).toHaveLength(report.findings.length + 1);
      }),
      { numRuns: 2_000 },
    );
  });
});
