import { describe, expect, it } from 'vitest';
import { parseGo } from './go-source.ts';
import { tsdoc } from './tsdoc.ts';

describe('constants of Go source', () => {
  it('have a name, a type, a value and a comment', () => {
    const { constants } = parseGo([
      `
const (
	// This reason is used when
	// all is well.
	RouteReasonAccepted RouteConditionReason = "Accepted"

	HTTPMethodGet     HTTPMethod = "GET"
	PolicyLabelKey = "gateway.networking.k8s.io/policy"
)

// The group.
const GroupName = "gateway.networking.k8s.io"
`,
    ]);
    expect(constants).toEqual([
      {
        name: 'RouteReasonAccepted',
        type: 'RouteConditionReason',
        value: 'Accepted',
        doc: 'This reason is used when\nall is well.',
      },
      { name: 'HTTPMethodGet', type: 'HTTPMethod', value: 'GET', doc: '' },
      { name: 'PolicyLabelKey', value: 'gateway.networking.k8s.io/policy', doc: '' },
      { name: 'GroupName', value: 'gateway.networking.k8s.io', doc: 'The group.' },
    ]);
  });

  it('may be put together of others, of another file too', () => {
    const { constants } = parseGo([
      'const GroupName = "example.com"\n',
      'const (\n\tNameLabelKey = GroupName + "/name"\n)\n',
    ]);
    expect(constants.at(-1)?.value).toBe('example.com/name');
  });

  it('that are no text are left out', () => {
    expect(parseGo(['const (\n\tLimit = 16\n\tTimeout = 5 * time.Second\n)\n']).constants).toEqual([]);
  });

  it('have no comment that a blank line parts from them', () => {
    expect(parseGo(['const (\n\t// A heading.\n\n\tA T = "a"\n)\n']).constants[0]?.doc).toBe('');
  });
});

describe('comments of Go source', () => {
  const docOf = (...lines: string[]): string | undefined =>
    parseGo([`${lines.map((line) => `// ${line}`).join('\n')}\ntype T string\n`]).types.get('T')?.doc;

  it('lose the markers for generators', () => {
    expect(docOf('A text.', '', '+optional', '+kubebuilder:validation:Enum=A;B')).toBe('A text.');
  });

  it('lose what is said of the experimental channel', () => {
    expect(
      docOf(
        'Before.',
        '<gateway:experimental:description>',
        'Perhaps.',
        '</gateway:experimental:description>',
        'After.',
      ),
    ).toBe('Before.\nAfter.');
  });
});

describe('types of Go source', () => {
  it('are structs with fields as JSON names them', () => {
    const { types } = parseGo([
      `
// A listener.
type Listener struct {
	CommonSpec \`json:",inline"\`

	// +required
	Port PortNumber \`json:"port"\`
	TLS *ListenerTLSConfig \`json:"tls,omitempty"\`
	Refs []SecretObjectReference \`json:"refs" protobuf:"x"\`
	Options map[Key]Value \`json:"options,omitempty"\`
}
`,
    ]);
    expect(types.get('Listener')).toEqual({
      name: 'Listener',
      doc: 'A listener.',
      fields: [
        { json: '', type: 'CommonSpec' },
        { json: 'port', type: 'PortNumber' },
        { json: 'tls', type: 'ListenerTLSConfig' },
        { json: 'refs', type: 'SecretObjectReference' },
        { json: 'options', type: 'Value' },
      ],
    });
  });

  it('may stand for others', () => {
    const { types } = parseGo(['type Hostname string\n', 'type Route = v1.Route\n', 'type Names []Name\n']);
    expect([...types.values()].map(({ of }) => of)).toEqual(['string', 'v1.Route', 'Name']);
  });
});

describe('TSDoc comments', () => {
  it('take one line where that is enough', () => {
    expect(tsdoc('A text.', '  ')).toBe('  /** A text. */\n');
  });

  it('name what Go calls deprecated', () => {
    expect(tsdoc('A text.\n\nDeprecated: use\nanother.')).toBe(
      '/**\n * A text.\n *\n * @deprecated use\n * another.\n */\n',
    );
  });

  it('cannot be ended or take a tag by their text', () => {
    expect(tsdoc('Matches */* of @user, see {@link Route}.')).toBe(
      '/** Matches *\\/* of \\@user, see {@link Route}. */\n',
    );
  });
});
