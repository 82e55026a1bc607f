import { describe, expect, it } from 'vitest';
import { mapTypes } from '../src/index.ts';
import { commandWords } from '../src/tool/wording.ts';
import { EVERY_TYPE, loadObject } from './bpf-object.ts';
import { output, run } from './tool-command.ts';

describe('a map of any type', () => {
  it('is shown, and dumped unless the type has nothing to dump', () => {
    using every = loadObject(EVERY_TYPE);
    for (const { type, unsupported } of mapTypes) {
      const pin = every.pin(`m_${type}`);
      expect(JSON.parse(output('show', pin, '--json'))).toMatchObject({ type, unsupported });
      const { code, stdout, stderr } = run('dump', pin, '--ndjson');
      const reason = unsupported.iterate;
      expect(code, `${type}: ${stderr}`).toBe(reason === undefined ? 0 : 1);
      if (reason === undefined) expect(stderr).toBe('');
      else expect(stdout + stderr).toMatch(/^bpf-maps: [^\n]+ \[\w+\]\n$/);
      if (reason !== undefined) expect(stderr).toContain(commandWords(reason));
    }
  }, 120_000);

  it('does not take descriptors, which are those of another process', () => {
    using every = loadObject(EVERY_TYPE);
    const words: ReadonlyArray<[string, string, string]> = [
      ['prog_array', 'set', 'descriptor of a program'],
      ['sockmap', 'set', 'descriptor of a socket'],
      ['xskmap', 'set', 'descriptor of an AF_XDP socket'],
      ['sk_storage', 'get', 'descriptor of a socket'],
      ['task_storage', 'get', 'a pidfd'],
    ];
    for (const [type, command, text] of words) {
      const { code, stderr } = run(command, every.pin(`m_${type}`), '0', ...(command === 'set' ? ['0'] : []));
      expect(stderr).toContain(text);
      expect(code).toBe(2);
    }
  });
});
