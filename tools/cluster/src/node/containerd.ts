import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonOptions } from '../daemon.ts';
import { type NodeSite, POD_BRIDGE } from './node-network.ts';

/** Where Debian puts the plugins of containernetworking-plugins. */
const CNI_PLUGINS = '/usr/lib/cni';
/** The image of the container that holds a pod's namespaces. */
export const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10';

/** Where a node's containerd is asked. */
export const containerdSocket = (directory: string): string => join(directory, 'containerd.sock');

/** TOML's strings are JSON's, but for what no path of ours has. */
const text = (value: string): string => JSON.stringify(value);

/** https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md */
function containerdConfig(directory: string): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${text(join(directory, 'containerd'))}
state = ${text(join(directory, 'run'))}
# Filesystems that are not there would only be complained about.
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs"]
[grpc]
address = ${text(containerdSocket(directory))}
[${cri}]
sandbox_image = ${text(PAUSE_IMAGE)}
# Lowering a score wants CAP_SYS_RESOURCE, which containers' machines seldom have.
restrict_oom_score_adj = true
# Pods' network namespaces go where the node's other things are, and so with them.
netns_mounts_under_state_dir = true
[${cri}.cni]
bin_dir = ${text(CNI_PLUGINS)}
conf_dir = ${text(join(directory, 'cni'))}
[${cri}.containerd]
default_runtime_name = "runc"
[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`;
}

/** A bridge in the node, addresses from its range of each family, and routes to everywhere by the node. */
function podNetwork(directory: string, { podRange }: NodeSite): string {
  return JSON.stringify({
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: POD_BRIDGE,
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(directory, 'addresses'),
          ranges: [[{ subnet: podRange.ipv4 }], [{ subnet: podRange.ipv6 }]],
          routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}

/** Writes a node's configuration of containerd and of the pod network; tells how to start containerd with it. */
export function containerdDaemon(directory: string, site: NodeSite): DaemonOptions {
  const config = join(directory, 'containerd.toml');
  mkdirSync(join(directory, 'cni'), { recursive: true });
  writeFileSync(config, containerdConfig(directory));
  writeFileSync(join(directory, 'cni', '10-pods.conflist'), podNetwork(directory, site));
  return {
    name: `containerd-${site.name}`,
    command: 'containerd',
    args: ['--config', config],
    directory,
    namespacePath: site.namespace.path,
  };
}

/**
 * Removes what containerd's shims keep outside of a node's folder: their sockets, which are in /run/containerd/s
 * whatever containerd's settings are. To be called when the shims are gone.
 */
export function removeShimSockets(directory: string): void {
  const tasks = join(directory, 'run', 'io.containerd.runtime.v2.task', 'k8s.io');
  if (!existsSync(tasks)) return;
  for (const task of readdirSync(tasks)) {
    const address = join(tasks, task, 'address');
    if (existsSync(address)) rmSync(readFileSync(address, 'utf8').replace('unix://', ''), { force: true });
  }
}
