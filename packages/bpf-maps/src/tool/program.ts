import { Command, CommanderError, Option } from 'commander';
import { dump } from './dump.ts';
import { deleteEntry, get, set } from './entries.ts';
import { list, show } from './list.ts';
import { seconds, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { ExitCode, usageError } from './tool-error.ts';
import { sortings, top } from './top.ts';
import { types } from './types.ts';
import { watch } from './watch.ts';

const MAPS = `
Maps are named as in bpftool, 'id 12', 'name flows' or 'pinned /sys/fs/bpf/flows', or by one word: digits are an id,
what has a slash is a path, all else is a name.
`;

const VALUES = `
Keys and values have the types that the map's BTF (or, without BTF, the kernel) gives them:
  numbers, names of enumerators, text    as they are:  443  OPEN  root
  structs, arrays                        JSON:         '{"address": "10.0.0.1", "port": 443}'
  bytes of no known type, or --hex       digits:       '0a 00 00 01', 0a000001
Where bytes are expected (__u8[4], __u8[6], __u8[16], __be32, struct in6_addr), an address is taken as well. In JSON,
read and written, an integer is a number up to 2^53 - 1 on either side of zero, and beyond that a string of its
digits; __u8[] is an array of numbers; NaN and infinities are strings; a value of a per-CPU map is an array with one
value for each possible CPU; bytes of no known type are a string of hexadecimal digits.
`;

const EXIT_CODES = `
Exit codes: 0 done; 1 the kernel or the system refused, or the map's type cannot do that; 2 the command line makes no
sense, or names several maps, or a key or value does not fit the map; 3 no such map, or no such key in it. When nobody
reads the output any more, and when Ctrl-C ends watch or top, it is 0.
`;

const WATCH = `
Every interval the whole map is read and compared: what changes and changes back in between is not seen, and of
several changes only the last. One copy of keys and values is kept in memory, of at most --max-entries entries.
`;

const TOP = `
The kernel does not count what is done with a map. What top can see without a program in the kernel: every interval it
reads the first --sample entries of each map and counts those that differ, are new, or are gone. So CHANGES/S is a
lower bound: an entry counts once however often it was written, and reads are not seen. A '+' marks maps that have
more entries than were compared: of those, only changed values count. '-': the entries are not for user space to read
(ring buffers, queues, storages, ...), or the map is new. Kept in memory: --sample entries of each map.
`;

function mapArgument(command: Command): Command {
  return command.argument('<map...>', 'id, name or path of the map').addHelpText('after', MAPS);
}

const hex: readonly [string, string] = ['--hex', 'keys and values as bytes, in hexadecimal digits'];

function interval(command: Command): Command {
  return command
    .addOption(
      new Option('-i, --interval <seconds>', 'how often to look').default(1000, '1').argParser(seconds),
    )
    .addOption(new Option('-n, --count <times>', 'end after so many intervals').argParser(wholeNumber(1)));
}

function many(command: Command): Command {
  return command
    .addOption(new Option('--json', 'one JSON document').conflicts('ndjson'))
    .option('--ndjson', 'a JSON document on each line');
}

/** The commands, whose output goes to `output`. */
function commands(output: Output, version: string): Command {
  const program = new Command('bpf-maps')
    .description('BPF maps of this system: list, read, write and watch them, typed by their BTF.')
    .version(version)
    .addHelpText('after', `${MAPS}${VALUES}${EXIT_CODES}`)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  many(program.command('list').description('every map of the system')).action((options) =>
    list(output, options),
  );
  mapArgument(program.command('show').description('what is known of a map'))
    .option('--json', 'one JSON document')
    .action((words, options) => show(output, words, options));
  many(mapArgument(program.command('dump').description('every entry of a map')))
    .option(...hex)
    .addHelpText('after', VALUES)
    .action((words, options) => dump(output, words, options));
  mapArgument(
    program.command('get').description('the value of a key (of a queue or stack, its next element)'),
  )
    .usage('[options] <map> [key]')
    .option(...hex)
    .option('--json', '{"key": ..., "value": ...} on one line')
    .addHelpText('after', VALUES)
    .action((words, options) => get(output, words, options));
  mapArgument(program.command('set').description('set the value of a key (push it, on a queue or stack)'))
    .usage('[options] <map> [key] <value>')
    .option(...hex)
    .option('--create', 'only if the key is not there')
    .option('--update', 'only if the key is there')
    .option('--per-cpu', 'the value is a JSON array, one for each possible CPU; else all CPUs get the same')
    .addHelpText('after', `${VALUES}\nOf a map of maps, the value is a map, named as maps are.\n`)
    .action((words, options) => set(words, options));
  mapArgument(
    program.command('delete').description('remove a key (of a queue or stack, take out its next element)'),
  )
    .usage('[options] <map> [key]')
    .option(...hex)
    .addHelpText('after', VALUES)
    .action((words, options) => deleteEntry(output, words, options));
  interval(mapArgument(program.command('watch').description('changes of a map as they happen')))
    .option(...hex)
    .option('--json', 'a JSON document on each line: time, change, key, before, value')
    .addOption(
      new Option('--max-entries <entries>', 'fail rather than keep more in memory')
        .default(1_000_000)
        .argParser(wholeNumber(1)),
    )
    .addHelpText('after', WATCH)
    .action((words, options) => watch(output, words, options));
  interval(program.command('top').description('the busiest maps'))
    .option('--json', 'a JSON document for each map, on a line, at each interval')
    .addOption(new Option('--sort <by>', 'what to sort by').choices(sortings).default('changes'))
    .addOption(new Option('--limit <maps>', 'so many maps').default(20).argParser(wholeNumber(1)))
    .addOption(
      new Option('--sample <entries>', 'so many entries of each map')
        .default(10_000)
        .argParser(wholeNumber(1)),
    )
    .addHelpText('after', TOP)
    .action((options) => top(output, options));
  mapArgument(program.command('types').description('TypeScript of keys and values, from BTF')).action(
    (words) => types(output, words),
  );
  return program;
}

/** Carries out a command line. */
export async function main(output: Output, args: readonly string[], version: string): Promise<number> {
  try {
    await commands(output, version).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return ExitCode.ok;
    if (error.code === 'commander.help') return ExitCode.usage;
    throw usageError(`${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}; see bpf-maps --help`);
  } finally {
    await output.flush();
  }
  return ExitCode.ok;
}
