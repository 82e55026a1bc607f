import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LabUpOptions } from '../commands/lab.ts';
import { optionError } from '../errors.ts';
import { type Output, parseChannel, parseCount, parseOutput } from '../options.ts';

/** The release whose objects Blixt was made for. */
const DEFAULT_GATEWAY_API = 'v1.7.0';

function parseVersion(value: string): string {
  if (/^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(value)) return value;
  throw optionError('--gateway-api', value, 'a release, for example v1.6.3');
}

const HELP = `
Examples:
  blixt lab up
  blixt lab up --gateway-api v1.6.3 --channel experimental
  blixt lab up --crds ./config/crd/experimental --no-example --install
  blixt lab kubectl get gateways -A
  blixt lab down

Exit codes:
  0  all went well
  1  it could not be done
  2  the command line makes no sense
  3  status, kubeconfig, kubectl: no lab is up`;

/** Adds `blixt lab …`. */
export function addLab(program: Command, setExitCode: (code: number) => void): void {
  const lab = program
    .command('lab')
    .description(
      'a Kubernetes with Gateway API and Blixt on this machine, for tests and CI; needs root and Go',
    )
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText('after', HELP);
  lab
    .command('up')
    .description('start one that stays until "down", with an example Gateway; nothing if one is up')
    .option('--nodes <n>', 'how many nodes', parseCount('--nodes'), 2)
    .option('--gateway-api <version>', 'release whose CRDs are installed', parseVersion, DEFAULT_GATEWAY_API)
    .option(
      '--channel <channel>',
      'channel of the release: standard or experimental',
      parseChannel,
      'standard',
    )
    .option('--crds <folder>', 'install the CRDs of this folder instead', (folder) => resolve(folder))
    .option('--no-example', 'without the example Gateway')
    .option('--install', 'install missing packages by apt-get', false)
    .option('-o, --output <format>', 'table or json', parseOutput, 'table')
    .action(async (options: LabUpOptions) => {
      const { labUp } = await import('../commands/lab.ts');
      setExitCode(await labUp(options));
    });
  lab
    .command('down')
    .description('remove it, and all that killed ones left')
    .action(async () => {
      const { labDown } = await import('../commands/lab.ts');
      setExitCode(await labDown());
    });
  lab
    .command('status')
    .description('print where it is, its nodes, pods and Gateways')
    .option('-o, --output <format>', 'table or json', parseOutput, 'table')
    .action(async ({ output }: { output: Output }) => {
      const { labStatus } = await import('../commands/lab.ts');
      setExitCode(await labStatus(output));
    });
  lab
    .command('kubeconfig')
    .description('print its kubeconfig')
    .action(async () => {
      const { labKubeconfig } = await import('../commands/lab.ts');
      setExitCode(labKubeconfig());
    });
  lab
    .command('kubectl')
    .description('run kubectl on it, as its administrator')
    .argument('[args...]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (args: string[]) => {
      const { labKubectl } = await import('../commands/lab.ts');
      setExitCode(await labKubectl(args));
    });
  lab
    .command('keep', { hidden: true })
    .argument('<settings>')
    .action(async (settings: string) => {
      const { labKeep } = await import('../commands/lab.ts');
      setExitCode(await labKeep(settings));
    });
}
