export { type ApiAccess, ApiClient, type ApiRequest, type ApiResponse, isSuccess } from './api-client.ts';
export {
  cacheDirectory,
  type KubernetesCommand,
  kubernetesBinary,
  type ReportProgress,
} from './binaries/kubernetes-binaries.ts';
export { Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export { ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
export { installCrds } from './crds.ts';
export { ClusterError, type ClusterErrorCode } from './errors.ts';
export { gatewayApiCrds, installGatewayApi } from './gateway-api.ts';
