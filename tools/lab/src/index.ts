export { type BackendServerOptions, startBackendServer, TCP_PORT, UDP_PORT } from './backend-server.ts';
export { type CommandOutput, runCommand } from './command.ts';
export { LabError, type LabErrorCode } from './errors.ts';
export { Lab, type LinkEnd } from './lab.ts';
export { LabProcess, type ProcessExit, type StartOptions } from './lab-process.ts';
export { mountBpffs, sweepLeftovers } from './leftovers.ts';
export { LoadClient, type LoadJob, untilOpen } from './load-client.ts';
export type {
  HeldConnection,
  HeldState,
  HoldLoad,
  LoadTarget,
  RequestLoad,
  RequestStats,
} from './load-protocol.ts';
export { Namespace } from './namespace.ts';
export { onProcessEnd } from './process-end.ts';
export { startTimeOf } from './process-start-time.ts';
export {
  buildStandardTopology,
  type Host,
  SERVICE_IPV4,
  SERVICE_IPV6,
  type StandardTopology,
  type StandardTopologyOptions,
} from './standard-topology.ts';
