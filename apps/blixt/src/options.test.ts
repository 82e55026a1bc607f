import { describe, expect, it } from 'vitest';
import { defaultStatusDirectory } from './default-status-directory.ts';
import {
  chooseSource,
  parseCount,
  parseHook,
  parseLease,
  parseLogFormat,
  parseMode,
  parseNodeName,
  parsePortRange,
  parseSource,
} from './options.ts';

const usage = (code: string) => expect.objectContaining({ code, exitCode: 2 });

describe('options', () => {
  it('--source is a directory, or Kubernetes', () => {
    expect(parseSource('dir:/etc/blixt')).toEqual({ kind: 'directory', path: '/etc/blixt' });
    expect(parseSource('dir:with:colon')).toEqual({
      kind: 'directory',
      path: `${process.cwd()}/with:colon`,
    });
    expect(parseSource('kubernetes')).toEqual({ kind: 'kubernetes' });
  });

  it('--kubeconfig is enough, unless there is a directory', () => {
    const kubeconfig = '/etc/kubeconfig';
    expect(chooseSource(undefined, kubeconfig)).toEqual({ kind: 'kubernetes', kubeconfig });
    expect(chooseSource(parseSource('kubernetes'), kubeconfig)).toEqual({ kind: 'kubernetes', kubeconfig });
    expect(chooseSource(parseSource('kubernetes'), undefined)).toEqual({ kind: 'kubernetes' });
    expect(() => chooseSource(parseSource('dir:.'), kubeconfig)).toThrow(usage('ERR_USAGE'));
    expect(() => chooseSource(undefined, undefined)).toThrow(usage('ERR_USAGE'));
  });

  it('--lease has a namespace and a name', () => {
    expect(parseLease('blixt-system/blixt.a')).toEqual({ namespace: 'blixt-system', name: 'blixt.a' });
    for (const value of ['', 'blixt', '/a', 'a/', 'a/b/c', 'A/b', 'a.b/c'])
      expect(() => parseLease(value)).toThrow(usage('ERR_OPTION'));
  });

  it('--node-name is one that a Node can have', () => {
    expect(parseNodeName('worker-1.example.org')).toBe('worker-1.example.org');
    for (const value of ['', 'Worker', 'a_b', '-a', 'a.', 'x'.repeat(254)])
      expect(() => parseNodeName(value)).toThrow(usage('ERR_OPTION'));
  });

  it.each(['', 'dir:', 'dir', '/etc/blixt', 'kubernetes:x'])('--source %j is refused', (value) => {
    expect(() => parseSource(value)).toThrow(usage('ERR_SOURCE_KIND'));
  });

  it('--port-range has two ends', () => {
    expect(parsePortRange('1-65535')).toEqual({ min: 1, max: 65535 });
  });

  it.each(['', '80', '0-10', '10-9', '1-65536', '1-2-3', 'a-b', '-1-5', '1e3-2000', ' 1-2'])(
    '--port-range %j is refused',
    (value) => {
      expect(() => parsePortRange(value)).toThrow(usage('ERR_OPTION'));
    },
  );

  it.each(['0', '-1', '1.5', 'many', '', '1e6', '9999999999'])('a size of %j is refused', (value) => {
    expect(() => parseCount('--max-flows')(value)).toThrow(usage('ERR_OPTION'));
  });

  it('names what may be chosen', () => {
    expect(parseHook('tcx')).toBe('tcx');
    expect(() => parseHook('XDP')).toThrow(/one of auto, xdp, xdp-generic, tcx, got "XDP"/);
    expect(() => parseMode('dsr')).toThrow(/one of snat, local/);
    expect(() => parseLogFormat('')).toThrow(usage('ERR_OPTION'));
  });

  it('the status directory goes with the pin directory', () => {
    expect(defaultStatusDirectory('/sys/fs/bpf/blixt')).toBe('/run/blixt/blixt');
    expect(defaultStatusDirectory('/sys/fs/bpf/nodes/a')).toBe('/run/blixt/nodes-a');
    expect(defaultStatusDirectory('/mnt/bpf/a')).toBe('/run/blixt/mnt-bpf-a');
  });
});
