import { describe, expect, it } from 'vitest';
import { generateConstants, type ModuleConstants } from './constants.ts';
import type { Crd, CrdSchema } from './crds.ts';
import { parseGo } from './go-source.ts';
import { findGoTypes } from './go-types.ts';
import { generateTypes } from './types.ts';

const goSource = `
type Widget struct {
	metav1.TypeMeta \`json:",inline"\`
	Spec WidgetSpec \`json:"spec"\`
	Status WidgetStatus \`json:"status"\`
}

// WidgetSpec says what is wanted.
type WidgetSpec struct {
	Common \`json:",inline"\`
	Mode Mode \`json:"mode"\`
	Parts []Part \`json:"parts"\`
	Labels map[Key]Value \`json:"labels"\`
	Also Part \`json:"also"\`
}

type Common struct {
	Port *int32 \`json:"port,omitempty"\`
}

// WidgetStatus is nothing but a SharedStatus.
type WidgetStatus struct {
	SharedStatus \`json:",inline"\`
}

// SharedStatus says what is there.
type SharedStatus struct {
	Conditions []metav1.Condition \`json:"conditions"\`
}

type Part struct {
	Name string \`json:"name"\`
}

// Mode is how it works.
type Mode string
`;

const part: CrdSchema = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', description: 'Its name.', minLength: 1, maxLength: 63 } },
};
const spec: CrdSchema = {
  type: 'object',
  description: 'What is wanted.',
  required: ['mode'],
  properties: {
    port: { type: 'integer', minimum: 1, default: 80 },
    mode: { type: 'string', enum: ['Fast', "Don't"], description: 'Mode of work.' },
    parts: { type: 'array', description: 'Its parts.', items: part },
    labels: { type: 'object', description: 'Labels.', additionalProperties: { type: 'string' } },
  },
};
const condition: CrdSchema = { type: 'object', properties: { type: { type: 'string' } } };
const status: CrdSchema = {
  type: 'object',
  description: 'What is there.',
  properties: { conditions: { type: 'array', description: 'Conditions.', items: condition } },
};

const widget = (fields: Partial<Crd> = {}, specFields: Record<string, CrdSchema> = {}): Crd => ({
  kind: 'Widget',
  group: 'example.com',
  scope: 'Namespaced',
  versions: ['v1', 'v1beta1'],
  statusSubresource: true,
  schema: {
    type: 'object',
    description: 'Widget is one of them.',
    properties: { spec: { ...spec, properties: { ...spec.properties, ...specFields } }, status },
  },
  schemas: {},
  ...fields,
});

const typesOf = (crd: Crd): string =>
  generateTypes(
    [crd],
    findGoTypes([crd], () => parseGo([goSource])),
    '// Banner.\n',
  );

describe('the types of a kind', () => {
  const types = typesOf(widget());

  it('are those of its Go types, by name and with their comments', () => {
    expect([...types.matchAll(/^export interface (\w+)/gm)].map(([, name]) => name)).toEqual([
      'Widget',
      'Part',
      'WidgetSpec',
      'SharedStatus',
    ]);
    expect(types).toContain('/** WidgetSpec says what is wanted. */\nexport interface WidgetSpec {');
  });

  it('take every version that is served', () => {
    expect(types).toContain("readonly apiVersion: 'example.com/v1' | 'example.com/v1beta1';");
  });

  it.each([
    [
      'optional ones, with default and limits',
      /Allowed: at least 1\.\n.*\n.*@defaultValue `80`\n.*\n {2}readonly port\?: number;/,
    ],
    ['of a list of values', /\/\*\* Mode of work\. \*\/\n {2}readonly mode: 'Fast' \| 'Don\\'t';/],
    ['lists', /\/\*\* Its parts\. \*\/\n {2}readonly parts\?: readonly Part\[\];/],
    ['maps', /readonly labels\?: Readonly<Record<string, string>>;/],
    ['required ones', /Its name\.\n.*\n.*Allowed: 1 to 63 characters\.\n.*\n {2}readonly name: string;/],
    ['of types that are shared with other APIs', /readonly conditions\?: readonly Condition\[\];/],
  ])('have fields: %s', (_title, pattern) => {
    expect(types).toMatch(pattern);
  });

  it('are documented where Go and the CRD say nothing', () => {
    expect(types).toContain('/** See {@link WidgetSpec.parts}. */\nexport interface Part {');
    expect(types).toContain('   * The port.\n');
  });
});

describe('what one type of a kind cannot express fails the generation', () => {
  it('versions with different schemas', () => {
    const crd = widget({ schemas: { v1beta1: { type: 'object' } } });
    expect(() => typesOf(crd)).toThrow(/every served version of Widget to have the same schema.*v1beta1/);
  });

  it('but not versions that differ in their documentation', () => {
    const { schema } = widget();
    expect(() => typesOf(widget({ schemas: { v1beta1: { ...schema, description: 'Old.' } } }))).not.toThrow();
  });

  it('one Go type with different fields in two places', () => {
    const other: CrdSchema = { type: 'object', properties: { size: { type: 'integer' } } };
    expect(() => typesOf(widget({}, { also: other }))).toThrow(/expected one shape of the type Part/);
  });

  it('a schema without a type', () => {
    expect(() => typesOf(widget({}, { odd: { 'x-kubernetes-int-or-string': true } }))).toThrow(
      /expected a type of Widget spec\.odd/,
    );
  });
});

describe('the constants', () => {
  const release = { module: 'm', version: 'v1.1.0', channel: 'standard', oldestVersion: 'v1.0.0' };
  const constants: ModuleConstants = {
    groups: [
      {
        name: 'Mode',
        doc: 'Mode is how it works.',
        constants: [
          { name: 'ModeFast', type: 'Mode', value: 'Fast', doc: 'Very.' },
          { name: 'ModeOther', type: 'Mode', value: 'by-hand', doc: '' },
        ],
      },
    ],
    keys: [{ name: 'WidgetNameLabelKey', value: 'example.com/name', doc: 'The name.' }],
  };
  const source = generateConstants(constants, [widget()], release, '// Banner.\n');

  it('are objects and types of the same name', () => {
    expect(source).toContain(
      [
        '/** Mode is how it works. */',
        'export const Mode = {',
        '  /** Very. */',
        "  Fast: 'Fast',",
        '  /** The value `by-hand` of {@link Mode}. */',
        "  'by-hand': 'by-hand',",
        '} as const;',
      ].join('\n'),
    );
    expect(source).toContain('export type Mode = (typeof Mode)[keyof typeof Mode];');
  });

  it('are plain for keys of labels', () => {
    expect(source).toContain("/** The name. */\nexport const WIDGET_NAME_LABEL_KEY = 'example.com/name';");
  });

  it('name the kinds, and the versions that are served of each', () => {
    expect(source).toContain("/** Widget is one of them. */\n  Widget: 'Widget',");
    expect(source).toContain("  Widget: ['example.com/v1', 'example.com/v1beta1'],");
  });
});
