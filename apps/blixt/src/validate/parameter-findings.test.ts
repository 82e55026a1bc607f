import { describe, expect, it } from 'vitest';
import { folder } from '../../test/folder.ts';
import { type LintOptions, lint } from './lint.ts';

/** `severity line:column object path: message [rule]` of each finding. */
function findings(text: string, options: LintOptions = {}): string[] {
  return lint([folder({ 'a.yaml': text })], options).findings.map(
    ({ severity, span, object, path, message, rule }) =>
      `${severity} ${span.line}:${span.column} ${object} ${path}: ${message} [${rule}]`,
  );
}

const parameters = (spec: string): string =>
  `apiVersion: blixt.dev/v1alpha1\nkind: BlixtParameters\nmetadata: {name: p}\nspec: ${spec}\n`;
const classWith = (ref: string): string =>
  `---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: c}\nspec: {controllerName: a.b/c, parametersRef: {${ref}}}\n`;

describe('BlixtParameters', () => {
  it('that are right are nothing to tell', () => {
    const ranges = '[203.0.113.0/28, 203.0.113.32-203.0.113.40, 192.0.2.1, "2001:db8::/112"]';
    const ref = classWith('group: blixt.dev, kind: BlixtParameters, name: p');
    expect(
      findings(parameters(`{addresses: {pool: {ranges: ${ranges}}}}`) + ref, { references: 'all' }),
    ).toEqual([]);
  });

  it.each([
    ['{mode: dsr}', 'error 4:14 BlixtParameters p spec.mode: expected "snat" or "local", got "dsr" [enum]'],
    [
      '{addresses: {provider: Node, pool: {ranges: [192.0.2.1]}}}',
      'error 4:19 BlixtParameters p spec.addresses: pool must be set for provider Pool, and for no other, got',
    ],
    [
      '{addresses: {pool: {ranges: [192.0.2.1/24]}}}',
      'error 4:36 BlixtParameters p spec.addresses.pool.ranges[0]: Pool range "192.0.2.1/24" has host bits set (the block begins at 192.0.2.0) [address-range]',
    ],
    [
      '{addresses: {pool: {ranges: [192.0.2.0/24, 192.0.2.7]}}}',
      'error 4:50 BlixtParameters p spec.addresses.pool.ranges[1]: Pool ranges 192.0.2.0/24 and 192.0.2.7 overlap [address-range]',
    ],
  ])('%s: the place, the field, what was expected and what came', (spec, finding) => {
    expect(findings(parameters(spec))).toEqual([expect.stringContaining(finding)]);
  });

  it('of another kind or version are told, not skipped', () => {
    const text = parameters('{}');
    expect(findings(text.replace('v1alpha1', 'v2'))).toEqual([
      expect.stringMatching(/^error 1:13 .*expected blixt\.dev\/v1alpha1 .*\[unknown-version\]$/),
    ]);
    expect(findings(text.replace('BlixtParameters', 'BlixtParams'))).toEqual([
      expect.stringMatching(/^error 2:7 .*\[unknown-kind\]$/),
    ]);
  });

  it('that a class names and the files do not have are a warning when the files are all there is', () => {
    const ref = classWith('group: blixt.dev, kind: BlixtParameters, name: p');
    expect(findings(ref)).toEqual([]);
    expect(findings(ref, { references: 'all' })).toEqual([
      'warning 5:94 GatewayClass c spec.parametersRef.name: BlixtParameters p is not among the files [missing-object]',
    ]);
    // Those that are wrong are told as such.
    expect(findings(parameters('{mode: dsr}') + ref, { references: 'all' })).toHaveLength(1);
  });

  it.each([
    [
      'kind: Parameters, name: p',
      'kind: expected kind BlixtParameters for group blixt.dev, got "Parameters"',
    ],
    [
      'kind: BlixtParameters, name: p, namespace: x',
      'namespace: expected no namespace for group blixt.dev, got "x"',
    ],
  ])('a class that refers to {%s} is told', (ref, finding) => {
    expect(findings(classWith(`group: blixt.dev, ${ref}`))).toEqual([
      expect.stringMatching(
        /^warning 5:\d+ GatewayClass c spec\.parametersRef\..*\[gateway-class-parameters\]$/,
      ),
    ]);
    expect(findings(classWith(`group: blixt.dev, ${ref}`))[0]).toContain(`spec.parametersRef.${finding}`);
  });

  it('of other controllers are not judged', () => {
    expect(findings(classWith('group: example.com, kind: Settings, name: p'), { references: 'all' })).toEqual(
      [],
    );
  });
});
