import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Draft4 from 'ajv-draft-04';
import { describe, expect, it } from 'vitest';
import { blixt, blixtWith, EXAMPLES } from '../../test/command.ts';
import { folder } from '../../test/folder.ts';

const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
spec:
  gatewayClassName: blixt
  listeners:
    - name: web
      protocol: TCP
      port: 80
`;
const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 8080}]}
`;
const wrong = gateway.replace('port: 80', 'port: 70000');
const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n';

/** Runs `validate` on files, in their folder. */
const validate = (files: Readonly<Record<string, string>>, ...args: string[]) =>
  blixtWith({ cwd: folder(files) }, 'validate', ...args);

describe('blixt validate', () => {
  it('passes the examples', () => {
    expect(blixt('validate', EXAMPLES)).toEqual({
      code: 0,
      stdout: '3 files, 13 objects: 0 errors, 0 warnings\n',
      stderr: '',
    });
  });

  it('keeps a name or a file with line breaks in one line, and away from the terminal', () => {
    const name = '"a\\n::error::x\\e[31m"';
    const { stdout } = validate({ 'b\n::error::.yaml': gateway.replace('name: edge', `name: ${name}`) }, '.');
    expect(stdout).not.toMatch(/^::|\p{Cc}(?<!\n)/mu);
    expect(stdout).toMatch(/^b\\n::error::\.yaml:4:9: error: Gateway default\/a\\n::error::x\\u001b\[31m: /);
    const explained = blixtWith(
      { cwd: folder({ 'b.yaml': gateway.replace('edge', name) }) },
      'explain',
      '-f',
      '.',
    );
    expect(explained.stderr).toMatch(/^blixt: left out: .*\n$/);
  });

  it('marks what is wrong in its line, and says what is right', () => {
    const text = gateway
      .replace('gatewayClassName: blixt', 'gatewayClass: blixt')
      .replace('port: 80', 'port: 70000');
    expect(validate({ 'gateway.yaml': text, 'service.yaml': service }, '.')).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "",
        "stdout": "gateway.yaml:5:1: error: Gateway default/edge: spec.gatewayClassName: expected a text, got nothing [required]
        3 | metadata:
        4 |   name: edge
      > 5 | spec:
          | ^^^^
        6 |   gatewayClass: blixt

      gateway.yaml:6:3: error: Gateway default/edge: spec.gatewayClass: expected no such field, got "blixt" [unknown-field]
        4 |   name: edge
        5 | spec:
      > 6 |   gatewayClass: blixt
          |   ^^^^^^^^^^^^
        7 |   listeners:
        help: did you mean gatewayClassName?

      gateway.yaml:10:13: error: Gateway default/edge: spec.listeners[0].port: expected an integer from 1 to 65535, got 70000 [range]
         8 |     - name: web
         9 |       protocol: TCP
      > 10 |       port: 70000
           |             ^^^^^

      2 files, 2 objects: 3 errors, 0 warnings
      ",
      }
    `);
  });

  it('says where YAML is no YAML, and checks the documents around it', () => {
    const { code, stdout } = validate({ 'a.yaml': `${service}---\na: [\n---\n${wrong}` }, 'a.yaml');
    expect([code, stdout]).toMatchInlineSnapshot(`
      [
        1,
        "a.yaml:7:1: error: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (BAD_INDENT) [yaml-syntax]
        6 | a: [
      > 7 | ---
          | ^
        help: correct the syntax at this place

      a.yaml:17:13: error: Gateway default/edge: spec.listeners[0].port: expected an integer from 1 to 65535, got 70000 [range]
        15 |     - name: web
        16 |       protocol: TCP
      > 17 |       port: 70000
           |             ^^^^^

      1 file, 2 objects: 2 errors, 0 warnings
      ",
      ]
    `);
  });

  it('tells every key that is there twice', () => {
    const { stdout } = validate({ 'a.yaml': `${service}kind: Service\nkind: Service\n` }, 'a.yaml');
    expect(stdout.match(/a\.yaml:\d+:1: error: .*DUPLICATE_KEY/g)).toEqual([
      expect.stringContaining('a.yaml:5:1'),
      expect.stringContaining('a.yaml:6:1'),
    ]);
  });

  it('finds an object that two files declare, and names the other', () => {
    const { code, stdout } = validate({ 'a.yaml': service, 'b.yaml': service }, 'a.yaml', '.', 'b.yaml');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'b.yaml:1:1: error: Service default/web: is declared already at a.yaml:1:1 [duplicate-object]',
    );
    expect(stdout).toContain('2 files, 2 objects: 1 error, 0 warnings\n');
  });

  it('reads folders, several documents, Lists and JSON', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  - ${wrong.trimEnd().replaceAll('\n', '\n    ')}\n`;
    const json = JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 7 } }, null, '\t');
    const { code, stdout } = validate(
      { 'a/list.yml': list, 'a/b/c.json': json, 'd.yaml': `---\n${service}---\n${deployment}` },
      '.',
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^a\/list\.yml:13:17: error: Gateway default\/edge: spec\.listeners\[0\]\.port: /m,
    );
    expect(stdout).toMatch(/^a\/b\/c\.json:5:11: error: Service: metadata\.name: /m);
    expect(stdout).toMatch(
      /^3 files, 3 objects: \d errors, 0 warnings \(1 object of other kinds skipped\)\n$/m,
    );
  });

  it('reads standard input', () => {
    const { code, stdout } = blixtWith({ input: wrong }, 'validate', '-');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^<stdin>:10:13: error: Gateway default\/edge: spec\.listeners\[0\]\.port: /);
  });

  it('puts objects into the namespace that is given', () => {
    const other = service.replace('{name: web}', '{name: web, namespace: prod}');
    const files = { 'a.yaml': service, 'b.yaml': other };
    expect(validate(files, '.').code).toBe(0);
    expect(validate(files, '.', '-n', 'prod').stdout).toContain('Service prod/web: is declared already');
  });

  it('refuses kinds that Gateway API does not have, and skips those of others', () => {
    const route = 'apiVersion: gateway.networking.k8s.io/v1\nkind: TcpRoute\nmetadata: {name: r}\n';
    const { code, stdout } = validate({ 'a.yaml': `${route}---\n${deployment}---\n${deployment}` }, '.');
    expect(code).toBe(1);
    expect(stdout).toContain('a.yaml:2:7: error: TcpRoute r: kind: ');
    expect(stdout).toContain('help: did you mean TCPRoute?\n');
    expect(stdout).toContain('1 file, 1 object: 1 error, 0 warnings (2 objects of other kinds skipped)\n');
  });

  it('skips YAML that is no Kubernetes object, such as values of Helm', () => {
    const { code, stdout } = validate({ 'values.yaml': 'replicas: 3\nimage: x\n', 'a.yaml': service }, '.');
    expect([code, stdout]).toEqual([
      0,
      '2 files, 1 object: 0 errors, 0 warnings (1 document skipped that is no object)\n',
    ]);
  });

  it('fails for warnings only when asked', () => {
    const route = `apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: r}
spec:
  parentRefs: [{name: edge, sectionName: wbe}]
  rules: [{backendRefs: [{name: web, port: 8080}]}]
`;
    const files = { 'a.yaml': [gateway, service, route].join('---\n') };
    const { code, stdout } = validate(files, '.');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^a\.yaml:21:42: warning: .*\[route-section-name\]\n/),
    ]);
    expect(validate(files, '.', '--fail-on', 'warning').code).toBe(1);
    expect(validate(files, '.', '--fail-on', 'warning', '--references', 'none').code).toBe(0);
    expect(validate(files, '.', '-o', 'github').stdout).toMatch(/^::warning file=a\.yaml,line=21,/);
  });

  it('counts columns as editors do, with a byte order mark and carriage returns', () => {
    expect(validate({ 'a.yaml': '\u{feff}apiVersion: 7\nkind: A\n' }, '.').stdout).toMatch(
      /^a\.yaml:1:13: error/,
    );
    const { stdout } = validate({ 'a.yaml': `\u{feff}${wrong.replaceAll('\n', '\r\n')}` }, '.');
    expect(stdout).toMatch(/^a\.yaml:10:13: error: /);
    expect(stdout).toContain('\n> 10 |       port: 70000\n     |             ^^^^^\n');
  });

  it('shows nothing of what a Secret holds', () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  a: SECRET\n  b: 7\n';
    const { code, stdout } = validate({ 'a.yaml': secret }, '.');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^a\.yaml:\d+:\d+: error: Secret default\/s: data/);
    expect(stdout).not.toContain('SECRET');
  });

  it('leaves out rules that are to be ignored', () => {
    const files = { 'a.yaml': service, 'b.yaml': `${service}---\n${wrong}` };
    const { stdout } = validate(files, '.', '--ignore', 'duplicate-object', '--ignore', 'range');
    expect(stdout).toBe('2 files, 3 objects: 0 errors, 0 warnings\n');
  });

  it.each([
    ['a path that is missing', ['nowhere'], 'ERR_SOURCE_PATH'],
    ['a folder without YAML', ['empty'], 'ERR_USAGE'],
  ])('exits with 2 for %s', (_name, args, code) => {
    const outcome = validate({ 'empty/README.md': '', 'a.yaml': wrong }, ...args);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(new RegExp(`^blixt: [^\\n]+ \\[${code}\\]\\n$`));
  });

  it('exits with 2 when something could not be read, and tells of the rest', () => {
    const { code, stdout, stderr } = validate({ 'a.yaml': wrong }, 'a.yaml', 'nowhere');
    expect(code).toBe(2);
    expect(stdout).toContain('1 file, 1 object: 1 error');
    expect(stderr).toContain('[ERR_SOURCE_PATH]');
  });

  it('has colours on a terminal only, and not with NO_COLOR', () => {
    const cwd = folder({ 'a.yaml': wrong });
    const run = (env: Record<string, string>) => blixtWith({ cwd, env }, 'validate', 'a.yaml').stdout;
    expect(run({})).not.toContain('\u{1b}[');
    expect(run({ FORCE_COLOR: '1' })).toContain('\u{1b}[31m^^^^^\u{1b}[39m');
    expect(run({ NO_COLOR: '1' })).not.toContain('\u{1b}[');
  });
});

describe('blixt validate --output json', () => {
  it('prints one object with every finding and its place', () => {
    const { code, stdout } = validate({ 'a.yaml': `${wrong}---\n${deployment}` }, '.', '-o', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      files: 1,
      objects: 1,
      errors: 1,
      warnings: 0,
      skipped: [{ apiVersion: 'apps/v1', kind: 'Deployment', count: 1 }],
      foreign: 0,
      unreadable: [],
      findings: [
        {
          severity: 'error',
          rule: 'range',
          file: 'a.yaml',
          line: 10,
          column: 13,
          endLine: 10,
          endColumn: 18,
          object: 'Gateway default/edge',
          path: 'spec.listeners[0].port',
          message: expect.stringMatching(/^expected .*65535.*, got 70000$/),
          suggestion: '',
          related: [],
        },
      ],
    });
  });

  it('has what could not be read', () => {
    const { code, stdout } = validate({ 'a.yaml': service }, 'a.yaml', 'nowhere', '--output', 'json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ errors: 0, unreadable: [{ code: 'ERR_SOURCE_PATH' }] });
  });
});

describe('blixt validate --output sarif', () => {
  const require = createRequire(import.meta.url);
  const schema: object = JSON.parse(
    readFileSync(join(require.resolve('@microsoft/jest-sarif'), '../schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
  );
  const isSarif = new Draft4.default({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
    schema,
  );
  const sarif = (files: Readonly<Record<string, string>>, ...args: string[]) => {
    const log = JSON.parse(validate(files, ...args, '--output', 'sarif').stdout);
    expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
    return log.runs[0];
  };

  it('follows the schema of SARIF 2.1.0, with the rule, the region and a relative URI', () => {
    const text = `${wrong}---\na: [\n`;
    const run = sarif({ 'my config/a.yaml': text }, '.');
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['range', 'yaml-syntax']);
    expect(run.results[0]).toMatchObject({
      ruleId: 'range',
      ruleIndex: 0,
      level: 'error',
      message: { text: expect.stringContaining('Gateway default/edge: spec.listeners[0].port: expected') },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'my%20config/a.yaml' },
            region: { startLine: 10, startColumn: 13, endLine: 10, endColumn: 18 },
          },
        },
      ],
    });
    expect(run.invocations).toMatchObject([{ executionSuccessful: true }]);
  });

  it('says that it was not successful when something could not be read', () => {
    const run = sarif({ 'a.yaml': service }, 'a.yaml', 'nowhere');
    expect(run.invocations).toMatchObject([
      { executionSuccessful: false, toolExecutionNotifications: [{ descriptor: { id: 'ERR_SOURCE_PATH' } }] },
    ]);
  });

  it('has no results for files that are right', () => {
    expect(sarif({ 'a.yaml': service }, '.')).toMatchObject({ results: [] });
  });
});

describe('blixt validate --output github', () => {
  it('prints a command for each finding', () => {
    const { code, stdout } = validate({ 'a.yaml': wrong }, '.', '--output', 'github');
    expect([code, stdout]).toMatchInlineSnapshot(`
      [
        1,
        "::error file=a.yaml,line=10,endLine=10,col=13,endColumn=17,title=blixt%3A range::Gateway default/edge: spec.listeners[0].port: expected an integer from 1 to 65535, got 70000
      1 file, 1 object: 1 error, 0 warnings
      ",
      ]
    `);
  });

  it('escapes what would end a property or a command', () => {
    const text = service.replace('8080', '"100%,: x"');
    const { stdout } = validate({ 'a,b:c%.yaml': text }, '.', '--output', 'github');
    const [command = ''] = stdout.split('\n');
    expect(command).toMatch(/^::error file=a%2Cb%3Ac%25\.yaml,line=4,/);
    expect(command).toContain('100%25,: x');
  });
});
