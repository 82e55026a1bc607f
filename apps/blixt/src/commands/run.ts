import { hostname } from 'node:os';
import { DirectoryStatusWriter, type Logger } from '@blixt/controller';
import type { AttachedInterface, LoadBalancer } from '@blixt/xdp-lb';
import type { Control } from '../control/control.ts';
import { openDirectory } from '../control/directory-control.ts';
import { openKubernetes } from '../control/kubernetes-control.ts';
import { defaultStatusDirectory, removeDefaultStatusDirectory } from '../default-status-directory.ts';
import { ElectedAnnouncer } from '../elected-announcer.ts';
import { removeInterfaces, writeInterfaces } from '../interfaces-file.ts';
import { linkAddresses } from '../link-addresses.ts';
import { createLogger } from '../logger.ts';
import {
  chooseSource,
  type Hook,
  type LeaseName,
  type LogFormat,
  type LogLevel,
  type Mode,
  type PortRange,
  parseNodeName,
  type SourceOption,
} from '../options.ts';
import { XdpDataPlane } from '../xdp-data-plane.ts';

/** Options of `blixt run`, read. */
export interface RunOptions {
  readonly source?: SourceOption;
  readonly kubeconfig?: string;
  readonly lease?: LeaseName;
  readonly interface: readonly string[];
  readonly hook: Hook;
  readonly pool: readonly string[];
  readonly statusDir?: string;
  readonly pinDir: string;
  readonly mode: Mode;
  readonly portRange?: PortRange;
  readonly maxFlows?: number;
  readonly maxServices?: number;
  readonly maxBackends?: number;
  readonly maxNatSlots?: number;
  readonly maxMaglevSlots?: number;
  readonly maxLocalFlows?: number;
  readonly announce?: boolean;
  readonly nodeName?: string;
  readonly keep?: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat;
}

/** Runs until SIGINT or SIGTERM. */
export async function run(options: RunOptions): Promise<void> {
  const logger = await createLogger(
    options.logLevel,
    options.logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json'),
  );
  const stopped = nextSignal();
  // Whatever is wrong with files or credentials is told before anything that runs is touched.
  const control = await openControl(options, logger);
  const { loadBalancer, interfaces } = await openLoadBalancer(options, logger);
  const statusDir = options.statusDir ?? defaultStatusDirectory(options.pinDir);
  let announcer: ElectedAnnouncer | undefined;
  try {
    const statuses = await DirectoryStatusWriter.open(statusDir, logger);
    await writeInterfaces(statusDir, interfaces);
    const { mode, announce = false } = options;
    if (control.election !== undefined && announce)
      announcer = new ElectedAnnouncer(loadBalancer, control.election, logger);
    const dataPlane = new XdpDataPlane(announcer ?? loadBalancer, { mode, announce }, logger);
    const started = control.start(dataPlane, statuses);
    const gateways = await Promise.race([started, stopped]);
    if (typeof gateways === 'number') {
      logger.info({ gateways, statusDir, pinDir: options.pinDir }, 'ready');
    }
  } catch (error) {
    await control.stop({ keep: loadBalancer.takenOver });
    announcer?.[Symbol.dispose]();
    release(loadBalancer, loadBalancer.takenOver);
    throw error;
  }
  const signal = await stopped;
  const keep = options.keep ?? false;
  logger.info({ signal, keep }, `stopping on ${signal}`);
  await control.stop({ keep });
  announcer?.[Symbol.dispose]();
  release(loadBalancer, keep);
  if (!keep) {
    await removeInterfaces(statusDir);
    if (options.statusDir === undefined) removeDefaultStatusDirectory(options.pinDir);
  }
  logger.info({}, keep ? 'stopped; the data plane goes on' : 'stopped; the data plane is gone');
}

async function openControl(options: RunOptions, logger: Logger): Promise<Control> {
  const { pool, lease } = options;
  const source = chooseSource(options.source, options.kubeconfig);
  if (source.kind === 'directory') return openDirectory({ path: source.path, pool, logger });
  const { kubeconfig } = source;
  const node = nodeNameOf(options);
  return await openKubernetes({
    pool,
    logger,
    ...(node === undefined ? {} : { node }),
    ...(options.announce ? { links: () => linkAddresses(options.interface) } : {}),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(lease === undefined ? {} : { lease }),
  });
}

/** Undefined where nobody needs to know. */
function nodeNameOf({ nodeName, announce }: RunOptions): string | undefined {
  const name = nodeName ?? process.env.NODE_NAME ?? (announce ? hostname().toLowerCase() : undefined);
  return name === undefined || name === '' ? undefined : parseNodeName(name);
}

interface OpenLoadBalancer {
  readonly loadBalancer: LoadBalancer;
  readonly interfaces: readonly AttachedInterface[];
}

async function openLoadBalancer(options: RunOptions, logger: Logger): Promise<OpenLoadBalancer> {
  const xdpLb = await import('@blixt/xdp-lb');
  const { maxFlows, maxServices, maxBackends, maxNatSlots, maxMaglevSlots, maxLocalFlows } = options;
  const limits = {
    ...(maxFlows === undefined ? {} : { flows: maxFlows }),
    ...(maxServices === undefined ? {} : { services: maxServices }),
    ...(maxBackends === undefined ? {} : { backends: maxBackends }),
    ...(maxNatSlots === undefined ? {} : { natSlots: maxNatSlots }),
    ...(maxMaglevSlots === undefined ? {} : { maglevSlots: maxMaglevSlots }),
    ...(maxLocalFlows === undefined ? {} : { localFlows: maxLocalFlows }),
  };
  const loadBalancer = xdpLb.LoadBalancer.open({
    pinDirectory: options.pinDir,
    ...(options.portRange === undefined ? {} : { portRange: options.portRange }),
    limits,
  });
  const { takenOver } = loadBalancer;
  try {
    if (takenOver) logger.info({ pinDir: options.pinDir }, 'took over the data plane of an earlier process');
    const interfaces = options.interface.map((name) => loadBalancer.attach(name, { hook: options.hook }));
    for (const { name, hook, ifindex, reason } of interfaces) {
      logger.info({ interface: name, ifindex, hook, reason }, `interface ${name}: ${hook} (${reason})`);
    }
    for (const { name, ifindex } of loadBalancer.interfaces()) {
      if (interfaces.some((wanted) => wanted.ifindex === ifindex)) continue;
      loadBalancer.detachInterface(ifindex);
      logger.info(
        { interface: name, ifindex },
        `interface ${name}: detached, as it is not asked for any more`,
      );
    }
    return { loadBalancer, interfaces };
  } catch (error) {
    release(loadBalancer, takenOver);
    throw error;
  }
}

/** Lets go of the data plane: leaves it running, or takes all of it away. */
function release(loadBalancer: LoadBalancer, keep: boolean): void {
  if (keep) loadBalancer.close();
  else loadBalancer.detach();
}

/** Resolves to the first signal that asks to stop. Later ones are ignored while the shutdown runs. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve);
  });
}
