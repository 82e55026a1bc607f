import { describe, expect, it } from 'vitest';
import { runC } from '../test/bpf-object.ts';
import { thrown } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, BpfToken, BpfUsageError, u32 } from './index.ts';

const INDEX = JSON.stringify(new URL('index.ts', import.meta.url).href);

/** What a script prints as JSON in a user namespace that has a BPF file system with these options; see with-token.c. */
function inNamespace<T>(options: readonly string[], script: string): T {
  const text = `
    const { BpfMap, BpfToken, mapTypes, u32, u64 } = await import(${INDEX});
    const bpffs = '/proc/self/fd/' + process.env.BPFFS_FD;
    const attempt = (work) => { try { return work(); } catch ({ code, operation, hint }) { return { code, operation, hint }; } };
    const spec = (type) => ({ type, key: u32, value: u64, maxEntries: 1 });
    console.log(JSON.stringify((() => { ${script} })()));`;
  return JSON.parse(
    runC('with-token.c', ...options, '--', process.execPath, '--input-type=module', '-e', text),
  );
}

interface Attempt {
  readonly code: string;
  readonly operation: string;
  readonly hint: string;
}

describe('a token', () => {
  it('lets a process in a user namespace create maps, with BTF', () => {
    const result = inNamespace<{
      without: Attempt;
      btf: object;
      flags: number;
      value: string;
      closed: boolean;
    }>(
      ['delegate_cmds=any', 'delegate_maps=any'],
      `const without = attempt(() => BpfMap.create(spec('hash')));
       const token = BpfToken.open(bpffs);
       const map = BpfMap.create({ ...spec('hash'), token });
       token.close();
       map.set(1, 42n);
       return { without, btf: map.info.btf, flags: map.info.flags, value: String(map.get(1)), closed: token.closed };`,
    );
    expect(result.without).toMatchObject({ code: 'EPERM', operation: 'BPF_MAP_CREATE' });
    expect(result.without.hint).toContain('BpfToken.open');
    expect(result).toMatchObject({ btf: { kernelId: 0 }, value: '42', closed: true });
  });

  it('is for the types that were delegated', () => {
    // BPF_MAP_TYPE_HASH and BPF_MAP_TYPE_QUEUE.
    const result = inNamespace<{ types: string[]; hash: string; array: Attempt }>(
      ['delegate_cmds=any', `delegate_maps=0x${((1 << 1) | (1 << 22)).toString(16)}`],
      `using token = BpfToken.open(bpffs);
       return {
         types: token.mapTypes,
         hash: attempt(() => BpfMap.create({ ...spec('hash'), token }).info.type),
         array: attempt(() => BpfMap.create({ ...spec('array'), token })),
       };`,
    );
    expect(result.types).toEqual(['hash', 'queue']);
    expect(result.hash).toBe('hash');
    expect(result.array).toMatchObject({ code: 'EPERM' });
    expect(result.array.hint).toContain('the token does not let this process create an array');
  });

  it('creates maps without BTF where loading that was not delegated', () => {
    // BPF_MAP_CREATE alone.
    const result = inNamespace<{ plain: boolean; described: Attempt }>(
      ['delegate_cmds=0x1', 'delegate_maps=any'],
      `using token = BpfToken.open(bpffs);
       return {
         plain: BpfMap.create({ ...spec('hash'), token }).info.btf === undefined,
         described: attempt(() => BpfMap.create({ ...spec('hash'), token, btf: true })),
       };`,
    );
    expect(result).toMatchObject({ plain: true, described: { code: 'EPERM', operation: 'BPF_BTF_LOAD' } });
  });

  it('is not made from a file system that delegates nothing', () => {
    const result = inNamespace<Attempt>([], 'return attempt(() => BpfToken.open(bpffs));');
    expect(result).toMatchObject({ code: 'ENOENT', operation: 'BPF_TOKEN_CREATE' });
    expect(result.hint).toContain('delegate_cmds');
  });
});

describe('without a user namespace', () => {
  it('there is no need of a token, and none is made', () => {
    const error = thrown(BpfError, () => BpfToken.open('/sys/fs/bpf'));
    expect(error).toMatchObject({ code: 'EOPNOTSUPP', operation: 'BPF_TOKEN_CREATE', path: '/sys/fs/bpf' });
    expect(error.hint).toContain('initial user namespace');
  });

  it.each([
    ['another file system', '/proc', 'EINVAL'],
    ['a file', '/proc/self/stat', 'ENOTDIR'],
    ['nothing', '/nowhere', 'ENOENT'],
  ])('it is not made from %s', (_, path, code) => {
    expect(thrown(BpfError, () => BpfToken.open(path))).toMatchObject({ code, path });
  });

  it('only a token is taken for one', () => {
    const spec = { type: 'array', key: u32, value: u32, maxEntries: 1, token: {} };
    const error = thrown(BpfUsageError, () => Reflect.apply(BpfMap.create, BpfMap, [spec]));
    expect(error.message).toContain('token must be a BpfToken');
    expect(thrown(BpfUsageError, () => BpfToken.open('')).code).toBe('ERR_BPF_ARGUMENT');
  });
});
