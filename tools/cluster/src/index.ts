export { type ApiAccess, ApiClient, type ApiRequest, type ApiResponse, isSuccess } from './api-client.ts';
export { underLock } from './binaries/build-lock.ts';
export { type CommandOptions, runBuildCommand } from './binaries/command.ts';
export { type GoBinary, type GoModule, goBinary, goModuleFolder } from './binaries/go-module.ts';
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
export { type Image, writeImage } from './images/image-archive.ts';
export { POD_BRIDGE } from './node/node-network.ts';
