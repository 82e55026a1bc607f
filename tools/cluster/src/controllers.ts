import type { DaemonOptions } from './daemon.ts';
import { type Identity, identity } from './identity.ts';
import { API_SERVER_CERTIFICATE, SERVICE_ACCOUNT_KEY } from './kube-apiserver.ts';

/** Whom the API server's own role bindings know. */
export const controllerManagerIdentity = (): Identity => identity('system:kube-controller-manager', []);
/** Whom the API server's own role bindings know. */
export const schedulerIdentity = (): Identity => identity('system:kube-scheduler', []);

interface ControllerOptions {
  readonly binary: string;
  readonly directory: string;
  readonly kubeconfig: string;
  /** Where it serves its health and metrics. */
  readonly address: string;
}

/** What both take: one instance, so nobody to elect. */
function commonArguments({ kubeconfig, address }: ControllerOptions): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--authentication-tolerate-lookup-failure=true',
    '--leader-elect=false',
    `--bind-address=${address}`,
    '--cert-dir=certificates',
  ];
}

/** Tells how kube-controller-manager is started, in the control plane's directory. */
export function controllerManagerDaemon(options: ControllerOptions): DaemonOptions {
  return {
    name: 'kube-controller-manager',
    command: options.binary,
    args: [
      ...commonArguments(options),
      `--service-account-private-key-file=${SERVICE_ACCOUNT_KEY}`,
      `--root-ca-file=${API_SERVER_CERTIFICATE}`,
      '--use-service-account-credentials=true',
      // A node that does not answer is noticed within seconds: tests kill nodes.
      '--node-monitor-period=1s',
      '--node-monitor-grace-period=16s',
    ],
    directory: options.directory,
  };
}

/** Tells how kube-scheduler is started, in the control plane's directory. */
export function schedulerDaemon(options: ControllerOptions): DaemonOptions {
  return {
    name: 'kube-scheduler',
    command: options.binary,
    args: commonArguments(options),
    directory: options.directory,
  };
}
