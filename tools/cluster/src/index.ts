export { type ApiAccess, ApiClient, type ApiRequest, type ApiResponse, isSuccess } from './api-client.ts';
export { underLock } from './binaries/build-lock.ts';
export { type CommandOptions, type ReportProgress, runBuildCommand } from './binaries/command.ts';
export { type GoBinary, type GoModule, goBinary, goModuleFolder } from './binaries/go-module.ts';
export { cacheDirectory, type KubernetesCommand, kubernetesBinary } from './binaries/kubernetes-binaries.ts';
export {
  type BlixtCluster,
  type BlixtClusterOptions,
  type GatewayApiSource,
  startBlixtCluster,
} from './blixt/blixt-cluster.ts';
export { type BlixtFiles, blixtFiles } from './blixt/blixt-files.ts';
export type { BlixtInstance } from './blixt/blixt-nodes.ts';
export { GATEWAY_CLASS } from './blixt/gateway-class.ts';
export { Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export { Background, type Keeper, type Kept } from './command/background.ts';
export { type ClusterDescription, clusterDescription, clusterLines } from './command/cluster-description.ts';
export { kubectl } from './command/kubectl.ts';
export { ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
export { installCrds } from './crds.ts';
export { Daemon } from './daemon.ts';
export { ClusterError, type ClusterErrorCode } from './errors.ts';
export { type GatewayApiChannel, gatewayApiCrds, installGatewayApi } from './gateway-api.ts';
export { type Identity, identity } from './identity.ts';
export { ECHO_IMAGE, echoImage } from './images/echo-image.ts';
export { type Image, writeImage } from './images/image-archive.ts';
export { at, hasCondition, listAt } from './json.ts';
export { writeKubeconfig } from './kubeconfig.ts';
export { applyManifests, type Manifest, objectPath, parseManifests, readManifests } from './manifests.ts';
export { kubeProxyDaemon, kubeProxyIdentity } from './node/kube-proxy.ts';
export { NodeNetwork, type NodeSite } from './node/node-network.ts';
export { until } from './readiness.ts';
