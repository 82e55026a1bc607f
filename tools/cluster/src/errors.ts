/**
 * Stable codes of {@link ClusterError}.
 *
 * - `CLUSTER_TOOL_MISSING`: a command that is needed (go, etcd, containerd, setpriv, flock) is not on PATH.
 * - `CLUSTER_BUILD_FAILED`: a Kubernetes binary did not build; the message has the output of `go`.
 * - `CLUSTER_DAEMON_ENDED`: a daemon of the cluster ended although nobody stopped it; the message has its log.
 * - `CLUSTER_NOT_READY`: the control plane or a node did not become ready in time; the message has logs, or where they are.
 * - `CLUSTER_REQUEST_FAILED`: the API server could not be asked: no connection, no answer, no JSON.
 * - `CLUSTER_INSTALL_FAILED`: the API server refused a manifest, or does not serve what it defines; an archive has no image.
 * - `CLUSTER_STOPPED`: the control plane was used after it was stopped.
 */
export type ClusterErrorCode =
  | 'CLUSTER_TOOL_MISSING'
  | 'CLUSTER_BUILD_FAILED'
  | 'CLUSTER_DAEMON_ENDED'
  | 'CLUSTER_NOT_READY'
  | 'CLUSTER_REQUEST_FAILED'
  | 'CLUSTER_INSTALL_FAILED'
  | 'CLUSTER_STOPPED';

/** Any failure of the cluster itself; what the API server answers is a result, not an error. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
