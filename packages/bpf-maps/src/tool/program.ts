import { Command, CommanderError, Option } from 'commander';
import { create } from './create.ts';
import { dump } from './dump.ts';
import { deleteEntry, get, set } from './entries.ts';
import { events } from './events.ts';
import { CREATE, EVENTS, EXIT_CODES, MAPS, TOP, VALUES, WATCH } from './help.ts';
import { list, show } from './list.ts';
import { seconds, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { freeze, pin, unpin } from './pinning.ts';
import { peek, pop, push } from './queue.ts';
import { ExitCode, usageError } from './tool-error.ts';
import { sortings, top } from './top.ts';
import { types } from './types.ts';
import { watch } from './watch.ts';

/** A command, with an example of its use. */
function subcommand(program: Command, name: string, description: string, example: string): Command {
  return program
    .command(name)
    .description(description)
    .addHelpText('after', `\nExample:\n  bpf-maps ${name}${example === '' ? '' : ` ${example}`}`);
}

/** A command on a map. */
function onMap(program: Command, name: string, description: string, example: string): Command {
  return subcommand(program, name, description, example)
    .argument('<map...>', 'id, name or path of the map')
    .addHelpText('after', MAPS);
}

const hex: readonly [string, string] = ['--hex', 'keys and values as bytes, in hexadecimal digits'];

const element: readonly [string, string] = ['--json', '{"value": ...} on one line'];

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

const KEY = `'{"address": 16909060, "port": 443, "user": "root"}'`;

/** Commands that read. */
function reading(program: Command, output: Output): void {
  many(subcommand(program, 'list', 'every map of the system', '')).action((options) => list(output, options));
  onMap(program, 'show', 'what is known of a map', 'flows')
    .option('--json', 'one JSON document')
    .action((words, options) => show(output, words, options));
  many(onMap(program, 'dump', 'every entry of a map', 'flows'))
    .option(...hex)
    .addHelpText('after', VALUES)
    .action((words, options) => dump(output, words, options));
  onMap(program, 'get', 'the value of a key (of a queue or stack, its next element)', `flows ${KEY}`)
    .usage('[options] <map> [key]')
    .option(...hex)
    .option('--json', '{"key": ..., "value": ...} on one line')
    .addHelpText('after', VALUES)
    .action((words, options) => get(output, words, options));
  onMap(program, 'peek', 'the next element of a queue or stack, which stays', '/sys/fs/bpf/jobs')
    .option(...hex)
    .option(...element)
    .action((words, options) => peek(output, words, options));
  onMap(program, 'types', 'TypeScript of keys and values, from BTF', 'flows').action((words) =>
    types(output, words),
  );
}

/** Commands that write. */
function writing(program: Command, output: Output): void {
  const value = `'{"state": "OPEN", "packets": 7}'`;
  onMap(program, 'set', 'set the value of a key (push it, on a queue or stack)', `flows ${KEY} ${value}`)
    .usage('[options] <map> [key] <value>')
    .option(...hex)
    .option('--create', 'only if the key is not there')
    .option('--update', 'only if the key is there')
    .option('--per-cpu', 'the value is a JSON array, one for each possible CPU; else all CPUs get the same')
    .addHelpText('after', `${VALUES}\nOf a map of maps, the value is a map, named as maps are.\n`)
    .action((words, options) => set(words, options));
  onMap(program, 'delete', 'remove a key (of a queue or stack, take out its next element)', `flows ${KEY}`)
    .usage('[options] <map> [key]')
    .option(...hex)
    .option(...element)
    .addHelpText('after', VALUES)
    .action((words, options) => deleteEntry(output, words, options));
  onMap(program, 'push', 'add an element to a queue, stack or bloom filter', `/sys/fs/bpf/jobs '2a 00 00 00'`)
    .alias('enqueue')
    .usage('[options] <map> <value>')
    .option(...hex)
    .option('--force', 'if the map is full, in place of its oldest element')
    .addHelpText('after', VALUES)
    .action((words, options) => push(words, options));
  onMap(program, 'pop', 'take the next element out of a queue or stack', '/sys/fs/bpf/jobs')
    .alias('dequeue')
    .option(...hex)
    .option(...element)
    .action((words, options) => pop(output, words, options));
}

/** Commands that go on until they are told to end. */
function following(program: Command, output: Output): void {
  interval(onMap(program, 'watch', 'changes of a map as they happen', 'flows --interval 0.5'))
    .option(...hex)
    .option('--json', 'a JSON document on each line: time, change, key, before, value')
    .addOption(
      new Option('--max-entries <entries>', 'fail rather than keep more in memory')
        .default(1_000_000)
        .argParser(wholeNumber(1)),
    )
    .addHelpText('after', WATCH)
    .action((words, options) => watch(output, words, options));
  onMap(program, 'events', 'records of a ring buffer or perf buffer as they come', 'records --consume')
    .option('--consume', 'yes, take them from whoever else reads them')
    .option('--struct <name>', 'the type of the records, with --btf')
    .option('--btf <id>', 'the BTF that describes it: an id, a file, or kernel')
    .option('--json', 'a JSON document on each line: time, record, and of perf buffers cpu')
    .addOption(new Option('-n, --count <records>', 'end after so many').argParser(wholeNumber(1)))
    .addHelpText('after', EVENTS)
    .action((words, options) => events(output, words, options));
  interval(subcommand(program, 'top', 'the busiest maps', ''))
    .option('--json', 'a JSON document for each map, on a line, at each interval')
    .addOption(new Option('--sort <by>', 'what to sort by').choices(sortings).default('bytes'))
    .addOption(new Option('--limit <maps>', 'so many maps').default(20).argParser(wholeNumber(1)))
    .addOption(
      new Option('--sample <entries>', 'so many entries of each map')
        .default(10_000)
        .argParser(wholeNumber(1)),
    )
    .addHelpText('after', TOP)
    .action((options) => top(output, options));
}

/** Commands on maps as a whole. */
function keeping(program: Command, output: Output): void {
  const jobs = '/sys/fs/bpf/jobs --type queue --value 4 --max-entries 64';
  subcommand(program, 'create', 'make a map, pin it, and print its id', jobs)
    .argument('<path>', 'where to pin it')
    .requiredOption('--type <type>', 'the type, such as hash or percpu_array')
    .option('--key <type>', 'bytes, or a type such as u32; for index types u32 by default')
    .option('--value <type>', 'bytes, or a type such as u64')
    .addOption(new Option('--max-entries <entries>', 'of rings, bytes').argParser(wholeNumber(0)))
    .option('--name <name>', 'at most 15 letters, digits, _ and .')
    .option('--flags <flags>', 'a number, or names such as NO_PREALLOC,RDONLY_PROG')
    .option('--btf <id>', 'BTF that has the types --key and --value by name: an id, a file, or kernel')
    .option('--inner-map <map>', 'of a map of maps: a map that looks like those that it will hold')
    .addOption(new Option('--numa-node <node>', 'on the memory of this node').argParser(wholeNumber(0)))
    .addOption(new Option('--hashes <count>', 'of a bloom filter, 1 to 15').argParser(wholeNumber(1)))
    .addHelpText('after', CREATE)
    .action((path, options) => create(output, path, options));
  onMap(program, 'pin', 'give a map a path, by which it is found and lives on', 'flows /sys/fs/bpf/flows-too')
    .usage('[options] <map> <path>')
    .action((words) => pin(words));
  subcommand(program, 'unpin', 'remove pins of maps', '/sys/fs/bpf/flows-too')
    .argument('<path...>', 'where a map is pinned')
    .action((paths) => unpin(paths));
  onMap(program, 'freeze', 'user space can only read the map from then on, for good', 'flows').action(
    (words) => freeze(words),
  );
}

/** The commands, whose output goes to `output`. */
function commands(output: Output, version: string): Command {
  const program = new Command('bpf-maps')
    .description('BPF maps of this system: list, read, write and watch them, typed by their BTF.')
    .version(version)
    .addHelpText('after', `${MAPS}${VALUES}${EXIT_CODES}`)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  reading(program, output);
  writing(program, output);
  following(program, output);
  keeping(program, output);
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
