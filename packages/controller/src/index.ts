/**
 * The control plane of Blixt: sources of Gateway API objects, the reconcile loop,
 * address assignment and status writing. Knows nothing of eBPF: it drives whatever implements
 * {@link DataPlane}.
 *
 * @packageDocumentation
 */
export type { AddressHost, AddressProvider } from './address-provider.ts';
export { type AddressRange, AddressRanges, canonicalAddress, type IpFamily } from './address-ranges.ts';
export { type CheckedManifests, checkManifests, type ManifestText } from './check-manifests.ts';
export { type AddressProviders, ClassAddresses } from './class-addresses.ts';
export { ClassParameters, type JudgedParameters } from './class-parameters.ts';
export { BLIXT_CONTROLLER_NAME, Controller, type ControllerOptions, type RetryDelay } from './controller.ts';
export type { DataPlane, DataPlaneChange, DataPlaneFailure, GatewayRules } from './data-plane.ts';
export { DirectorySource, type DirectorySourceOptions } from './directory-source.ts';
export { DirectoryStatusWriter, readStatusDirectory, type StatusRecord } from './directory-status-writer.ts';
export {
  ControllerError,
  type ControllerErrorCode,
  ManifestError,
  type ManifestProblem,
  ManifestsError,
  type SourcePosition,
  type SourceSpan,
} from './errors.ts';
export { formatPath, type PathSegment, parsePath } from './field-path.ts';
export type {
  GatewayDecision,
  GatewayInfrastructure,
  InfrastructureHost,
} from './gateway-infrastructure.ts';
export { KeyPairCheck } from './key-pair-check.ts';
export { KeyedQueue, type KeyedQueueOptions } from './keyed-queue.ts';
export type { KubeConfigAccess } from './kubernetes/api-access.ts';
export {
  ApiClient,
  type ApiClientOptions,
  type ApiMethod,
  type ApiQuery,
  type ApiRequestOptions,
  type ApiStreamOptions,
} from './kubernetes/api-client.ts';
export { ApiError, type ApiErrorCode, type ApiErrorOptions, type ApiStatus } from './kubernetes/api-error.ts';
export { type ApiObject, type ApiResource, resourcePath } from './kubernetes/api-resource.ts';
export { Backoff, type BackoffOptions } from './kubernetes/backoff.ts';
export { EventRecorder, type EventRecorderOptions, type ObjectEvent } from './kubernetes/event-recorder.ts';
export {
  Informer,
  type InformerHandler,
  type InformerOptions,
  type InformerPhase,
  type InformerState,
  type RereadSelection,
} from './kubernetes/informer.ts';
export {
  GatewayServices,
  type GatewayServicesOptions,
} from './kubernetes/infrastructure/gateway-services.ts';
export { ServiceAddresses } from './kubernetes/infrastructure/service-addresses.ts';
export { gatewayServiceName } from './kubernetes/infrastructure/service-name.ts';
export type { ServiceIngress, ServiceState } from './kubernetes/infrastructure/service-state.ts';
export type { ForwardingNode, ForwardingNodeList } from './kubernetes/infrastructure/wanted-objects.ts';
export {
  KubernetesSource,
  type KubernetesSourceOptions,
  type WatchedKind,
} from './kubernetes/kubernetes-source.ts';
export {
  KubernetesStatusWriter,
  type KubernetesStatusWriterOptions,
} from './kubernetes/kubernetes-status-writer.ts';
export { LeaderElector, type LeaderElectorOptions } from './kubernetes/leader-elector.ts';
export {
  type ForwardingNodes,
  NodeAddresses,
  type NodeAddressesOptions,
} from './kubernetes/node-addresses.ts';
export { AddressElection, type ElectionListener } from './kubernetes/nodes/address-election.ts';
export { type LinkNetwork, parseLink } from './kubernetes/nodes/link-network.ts';
export { NodeGroup, type NodeGroupOptions } from './kubernetes/nodes/node-group.ts';
export { nodeLeaseName } from './kubernetes/nodes/node-lease.ts';
export { type AnnouncingNode, electNode } from './kubernetes/nodes/rendezvous.ts';
export type { CacheEvent, ObjectAdded, ObjectDeleted, ObjectUpdated } from './kubernetes/object-cache.ts';
export type { BoundAddresses, LoadedGateway, LoadGate, LoadGateHost, LoadReport } from './load-gate.ts';
export { type Logger, silentLogger } from './logger.ts';
export { type Locate, MAX_MANIFEST_BYTES } from './manifest.ts';
export {
  type IgnoredKind,
  type LoadedFile,
  type LoadedObject,
  loadManifestFile,
  type ManifestOptions,
} from './manifest-file.ts';
export type { FieldPart } from './manifest-position.ts';
export {
  describeKey,
  gatewayKey,
  keyOf,
  type ObjectKey,
  type ObjectKeyParts,
  objectKey,
  parseKey,
} from './object.ts';
export { PoolAddresses, type PoolAddressesOptions } from './pool-addresses.ts';
export { PortClaims, type PortConflict, type SettledPorts } from './port-claims.ts';
export type { Source, SourceEvent, SourceHandler } from './source.ts';
export type { StatusHost, StatusWrite, StatusWriter } from './status-writer.ts';
export { WorkQueue, type WorkQueueOptions } from './work-queue.ts';
