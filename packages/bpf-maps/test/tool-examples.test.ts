import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BpfMap } from '../src/index.ts';
import { objectForTests } from './object-for-tests.ts';
import { pinsForTests } from './pins-for-tests.ts';
import { buildRingWriter } from './ring-writer.ts';
import { output, shell } from './tool-command.ts';

const object = objectForTests('flows.bpf.c');

const pins = pinsForTests();

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The command lines of the README, from the name of the subcommand on, without comments. */
function readmeLines(): string[] {
  const [, block = ''] = /## The command[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  const lines = block.trimEnd().split('\n');
  return lines.map((line) => line.replace('npx @blixt/bpf-maps ', '').replace(/ +# .*/, ''));
}

/** The example of every subcommand's help. */
function helpExamples(): string[] {
  const commands = [...output('--help').matchAll(/^ {2}([a-z]+)\S* .*[[<]/gm)].map(([, name = '']) => name);
  return commands
    .filter((name) => name !== 'help')
    .map((name) => {
      const [, example] = /^Example:\n {2}bpf-maps (.*)$/m.exec(output(name, '--help')) ?? [];
      return example ?? `${name} has no example`;
    });
}

describe('the examples', () => {
  it('of the README are those of the help', () => {
    expect(readmeLines().toSorted()).toEqual(helpExamples().toSorted());
  });

  it('work one after the other, and dump prints what the README shows', async () => {
    const records = `${pins.path}/records`;
    {
      using ring = BpfMap.create({ type: 'ringbuf', maxEntries: 4096, name: 'records' });
      ring.pin(records);
      using writer = buildRingWriter();
      await writer.write(records, 1, 1, 16);
    }
    const printed = new Map<string, string>();
    for (const line of readmeLines()) {
      // There may be other maps of these names.
      const words = line
        .replace(/(?<= )flows(?= |$)/, object.map('flows'))
        .replace(/(?<= )records(?= |$)/, records)
        .replaceAll('/sys/fs/bpf/', `${pins.path}/`)
        .replaceAll(`${pins.path}/bpf-maps-`, '/sys/fs/bpf/bpf-maps-');
      const ending = /^(?:watch|top|events)/.test(line) ? ' -n 1' : '';
      const { code, stdout, stderr } = shell(`$COMMAND ${words}${ending}`);
      expect(
        { code, stderr: stderr.replace(/^bpf-maps: map .* its own consumer does not get it\n$/, '') },
        line,
      ).toEqual({ code: 0, stderr: '' });
      printed.set(line, stdout);
    }
    const [, shown] = /`dump flows` prints\n\n```\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(printed.get('dump flows')).toBe(shown);
    expect(printed.get('pop /sys/fs/bpf/jobs')).toBe('2a 00 00 00\n');
  }, 60_000);
});
