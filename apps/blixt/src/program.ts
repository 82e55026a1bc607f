import { Command, CommanderError, Option } from 'commander';
import type { ExplainOptions } from './commands/explain.ts';
import type { RunOptions } from './commands/run.ts';
import type { ValidateOptions } from './commands/validate.ts';
import { CliError, ExitCode } from './errors.ts';
import { addLab } from './lab/lab-command.ts';
import {
  DEFAULT_PIN_DIRECTORY,
  type Output,
  parseCount,
  parseExplainOutput,
  parseHook,
  parseLease,
  parseLogFormat,
  parseLogLevel,
  parseMode,
  parseNodeName,
  parseOutput,
  parsePortRange,
  parseReferences,
  parseReportFormat,
  parseSeverity,
  parseSource,
} from './options.ts';

const collect = (value: string, previous: string[]): string[] => [...previous, value];

const EXIT_CODES = `
Exit codes:
  0  all went well
  1  it could not be done; validate: something is wrong in a file
  2  the command line makes no sense; validate, explain: something could not be read
  3  status: no data plane is loaded; lab: none is up`;

/** Runs a command line, and resolves to the exit code. Commands load what they need when they need it. */
export async function main(argv: readonly string[], version: string): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = createProgram(version, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return ExitCode.ok;
    // Without a command the help was printed already.
    if (error.code === 'commander.help') return ExitCode.usage;
    const message = error.message.replace(/^error: /, '');
    throw new CliError('ERR_USAGE', `${message}; "blixt --help" lists what there is.`, ExitCode.usage);
  }
}

function createProgram(version: string, setExitCode: (code: number) => void): Command {
  const program = new Command('blixt')
    .description('Layer-4 load balancer: Gateway API (TCPRoute, UDPRoute) in, eBPF out.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      'after',
      `
Examples:
  blixt validate ./config
  blixt explain -f ./config tcproute/web
  blixt run --source dir:./config --interface eth0 --pool 203.0.113.0/28
  blixt status
  blixt detach
  blixt lab up
${EXIT_CODES}`,
    );
  addRun(program);
  program
    .command('status')
    .description('print interfaces, Gateways, routes, services and backends')
    .option(
      '--status-dir <dir>',
      'where "run" writes statuses (default: one for each pin directory, in /run/blixt)',
    )
    .option('--pin-dir <dir>', 'pin directory of the instance', DEFAULT_PIN_DIRECTORY)
    .option('-o, --output <format>', 'table or json', parseOutput, 'table')
    .action(async (options: { statusDir?: string; pinDir: string; output: Output }) => {
      const { status } = await import('./commands/status.ts');
      setExitCode(await status(options.pinDir, options.statusDir, options.output));
    });
  addValidate(program, version, setExitCode);
  addExplain(program, setExitCode);
  addLab(program, setExitCode);
  program
    .command('detach')
    .description('remove everything that "run" ever left on this machine: programs, links, maps, pins')
    .option('--pin-dir <dir>', 'pin directory of the instance', DEFAULT_PIN_DIRECTORY)
    .action(async ({ pinDir }: { pinDir: string }) => {
      const { detach } = await import('./commands/detach.ts');
      await detach(pinDir);
    });
  return program;
}

function addValidate(program: Command, version: string, setExitCode: (code: number) => void): void {
  program
    .command('validate')
    .description('check Gateway API objects in YAML or JSON files as an API server would; needs no cluster')
    .argument('<path...>', 'files, folders (all *.yaml, *.yml and *.json below), or - for standard input')
    .option('-o, --output <format>', 'human, json, sarif (2.1.0) or github', parseReportFormat, 'human')
    .option(
      '--fail-on <severity>',
      'what exit code 1 is for: error, or warning (and error)',
      parseSeverity,
      'error',
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option(
      '--references <which>',
      'warn of references that cannot work: none; known, between objects in the files; all, and to what is not there',
      parseReferences,
      'known',
    )
    .option('--ignore <rule>', 'leave out findings of a rule; may be repeated', collect, [])
    .addHelpText(
      'after',
      `
Examples:
  blixt validate ./config
  blixt validate gateway.yaml routes.yaml --fail-on warning
  kustomize build . | blixt validate -
  blixt validate ./config --output sarif > blixt.sarif

Exit codes:
  0  nothing is wrong
  1  there are errors, or warnings with --fail-on warning
  2  the command line makes no sense, or something could not be read`,
    )
    .action(async (paths: string[], options: ValidateOptions) => {
      const { validateFiles } = await import('./commands/validate.ts');
      setExitCode(await validateFiles(paths, options, version));
    });
}

function addExplain(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('explain')
    .description('say what is decided about objects in files, by which rule of Gateway API; needs no cluster')
    .argument('[object...]', 'KIND/NAME or KIND/NAMESPACE/NAME (default: everything that is decided about)')
    .option('-f, --filename <path>', 'file, folder, or - for standard input; may be repeated', collect, [])
    .option('-o, --output <format>', 'text or json', parseExplainOutput, 'text')
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option(
      '--controller-name <name>',
      'controller of our GatewayClasses (default: gateway.networking.k8s.io/blixt)',
    )
    .option('--no-assume-class', 'leave Gateways alone whose GatewayClass is not in the files')
    .option(
      '--address <cidr>',
      'address or block for Gateways that ask for none; may be repeated',
      collect,
      [],
    )
    .option('--rules', 'list the rules that decisions name')
    .option('--rule <id>', 'say what one rule is')
    .addHelpText(
      'after',
      `
Examples:
  blixt explain -f ./config
  blixt explain -f ./config tcproute/web
  blixt explain -f ./config gateway/default/edge --output json
  kubectl get gtw,tcproutes,svc,endpointslices -A -o yaml | blixt explain -f - tcproute/prod/web
  blixt explain --rule route-precedence

Exit codes:
  0  everything was explained, whatever was decided
  1  an object is not in the files, or an object there is wrong and was left out
  2  the command line makes no sense, or something could not be read`,
    )
    .action(async (objects: string[], options: ExplainOptions) => {
      const { explain } = await import('./commands/explain.ts');
      setExitCode(await explain(objects, options));
    });
}

function addRun(program: Command): void {
  program
    .command('run')
    .description('load balance, until SIGINT or SIGTERM')
    .option(
      '--source <source>',
      'where objects come from: dir:PATH, a folder of YAML files; or kubernetes, with the service account of this pod',
      parseSource,
    )
    .option('--kubeconfig <file>', 'objects come from the cluster of its current context')
    .option(
      '--lease <lease>',
      'NAMESPACE/NAME of the Lease that elects who writes statuses (default: blixt, in the namespace of the credentials)',
      parseLease,
    )
    .requiredOption('--interface <name...>', 'interfaces that packets come in at; may be repeated')
    .option('--hook <hook>', 'where programs are attached: auto, xdp, xdp-generic or tcx', parseHook, 'auto')
    .option('--mode <mode>', 'how packets get to backends: snat or local', parseMode, 'snat')
    .option('--pool <cidr...>', 'addresses for Gateways that ask for none; may be repeated', collect, [])
    .option(
      '--port-range <range>',
      'source ports of full NAT, as MIN-MAX (default: 16384-32767)',
      parsePortRange,
    )
    .option(
      '--status-dir <dir>',
      'where statuses are written, and addresses remembered (default: in /run/blixt)',
    )
    .option('--pin-dir <dir>', 'bpffs directory of this instance', DEFAULT_PIN_DIRECTORY)
    .option(
      '--announce',
      'say on the links of the interfaces that the addresses are here (ARP, neighbour discovery); on a cluster the nodes share them, from a folder all are announced: on one node only',
    )
    .option(
      '--node-name <name>',
      'the Node that this runs on: no two instances may have the same (default: $NODE_NAME, with --announce the name of this host)',
      parseNodeName,
    )
    .option('--keep', 'leave the data plane running at the end')
    .option('--max-flows <n>', 'flows that are remembered (default: 524288)', parseCount('--max-flows'))
    .option(
      '--max-services <n>',
      'services: listeners times addresses (default: 16384)',
      parseCount('--max-services'),
    )
    .option(
      '--max-backends <n>',
      'backends of all services together (default: 65536)',
      parseCount('--max-backends'),
    )
    .option(
      '--max-nat-slots <n>',
      'NAT ports over all backends (default: 1048576)',
      parseCount('--max-nat-slots'),
    )
    .option(
      '--max-maglev-slots <n>',
      'slots of all Maglev tables (default: 4194304)',
      parseCount('--max-maglev-slots'),
    )
    .option('--max-local-flows <n>', 'flows of mode local (default: 65536)', parseCount('--max-local-flows'))
    .option('--log-level <level>', 'debug, info, warn, error or silent', parseLogLevel, 'info')
    .addOption(
      new Option('--log-format <format>', 'json or pretty (default: pretty on a terminal)').argParser(
        parseLogFormat,
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  blixt run --source dir:./config --interface eth0
  blixt run --source dir:./config --interface eth0 eth1 --pool 203.0.113.0/28 2001:db8::/112
  blixt run --kubeconfig ~/.kube/config --interface eth0 --pool 203.0.113.0/28
  blixt run --source dir:./config --interface eth0 --hook tcx --keep --log-format json`,
    )
    .action(async (options: RunOptions) => {
      const { run } = await import('./commands/run.ts');
      await run(options);
    });
}
