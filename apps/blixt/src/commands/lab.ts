import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type GatewayApiChannel, type Keeper, kubectl } from '@blixt/cluster';
import { ExitCode } from '../errors.ts';
import { keepLab, type LabDescription, type LabOptions, lab, labLines } from '../lab/lab.ts';
import { requireTools } from '../lab/requirements.ts';
import type { Output } from '../options.ts';

/** Options of `blixt lab up`, read. */
export interface LabUpOptions {
  readonly nodes: number;
  readonly gatewayApi: string;
  readonly channel: GatewayApiChannel;
  readonly crds?: string;
  readonly example: boolean;
  readonly install: boolean;
  readonly output: Output;
}

const report = (line: string): void => {
  process.stderr.write(`lab: ${line}\n`);
};

function print(description: LabDescription & Keeper, output: Output): void {
  const text = output === 'json' ? JSON.stringify(description, null, 2) : labLines(description).join('\n');
  process.stdout.write(`${text}\n`);
}

/** Starts the lab, unless it is up; tells where it is. */
export async function labUp(options: LabUpOptions): Promise<number> {
  const { nodes, gatewayApi: version, channel, crds, example, install, output } = options;
  requireTools(install, report);
  const gatewayApi = crds === undefined ? { version, channel } : { folder: crds };
  const settings: LabOptions = { nodes, gatewayApi, example };
  const command = fileURLToPath(new URL('dist/main.js', import.meta.resolve('@blixt/blixt/package.json')));
  print(await lab.start([command, 'lab', 'keep', JSON.stringify(settings)], report), output);
  return ExitCode.ok;
}

/** What {@link labUp} starts. */
export const labKeep = (settings: string): Promise<number> => {
  const options: LabOptions = JSON.parse(settings);
  return keepLab(options);
};

/** Takes the lab down, and whatever killed ones left. */
export async function labDown(): Promise<number> {
  report((await lab.stop()) ? 'down' : 'none was up');
  return ExitCode.ok;
}

/** The lab that runs; without one, says so. */
function runningLab(): (LabDescription & Keeper) | undefined {
  const description = lab.read();
  if (description === undefined) report('none is up; start one with: blixt lab up');
  return description;
}

/** Tells where the lab is, and for people also how its objects are. */
export async function labStatus(output: Output): Promise<number> {
  const description = runningLab();
  if (description === undefined) return ExitCode.notLoaded;
  print(description, output);
  if (output === 'json') return ExitCode.ok;
  process.stdout.write('\n');
  const kinds = 'nodes,pods,gatewayclasses,gateways';
  return await kubectl(description.kubeconfig, ['get', kinds, '--all-namespaces', '-o', 'wide'], report);
}

/** Prints the lab's kubeconfig file. */
export function labKubeconfig(): number {
  const description = runningLab();
  if (description === undefined) return ExitCode.notLoaded;
  process.stdout.write(readFileSync(description.kubeconfig, 'utf8'));
  return ExitCode.ok;
}

/** Runs kubectl on the lab, as its administrator. */
export async function labKubectl(args: readonly string[]): Promise<number> {
  const description = runningLab();
  if (description === undefined) return ExitCode.notLoaded;
  return await kubectl(description.kubeconfig, args, report);
}
