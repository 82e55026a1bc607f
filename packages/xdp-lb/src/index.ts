/**
 * Layer-4 load balancing in eBPF: the programs, their loader, and {@link LoadBalancer}, which drives both.
 *
 * @packageDocumentation
 */
export type { AnnounceOptions, AnnounceResult } from './announcer.ts';
export { LoadBalancerError, type LoadBalancerErrorCode } from './errors.ts';
export type { AttachedInterface, AttachOptions, Hook, HookChoice } from './interfaces.ts';
export { detachInstance, type InstanceState, LoadBalancer, readInstance } from './load-balancer.ts';
export { type MaglevMember, maglevTable } from './maglev.ts';
export type { Limits, LoadBalancerOptions, PortRange, Timeouts } from './options.ts';
export { DEFAULT_LIMITS, DEFAULT_PIN_DIRECTORY, DEFAULT_TIMEOUTS } from './options.ts';
export type { Backend, ForwardingMode, Service, ServiceChange, ServiceKey } from './service.ts';
export type { ApplyResult } from './service-table.ts';
export type { BackendStats, DropStats, ServiceStats, Stats } from './stats.ts';
