import type { FoundObject } from './manifest.ts';

/** An entry of `status.loadBalancer.ingress` of a Service. */
export interface ServiceIngress {
  /** IP address. */
  readonly ip?: string;
  /** Host name, where the load balancer has no fixed address. */
  readonly hostname?: string;
  /** How packets come: with the address as their destination (`VIP`, the default), or with another (`Proxy`). */
  readonly ipMode?: string;
}

/** What is known of the Service of a Gateway. */
export interface ServiceState {
  /** Name of the Service, in the Gateway's namespace. */
  readonly name: string;
  /** Whether it is there, and was made for this Gateway. */
  readonly exists: boolean;
  /** Why it is not as it should be: a sentence for people. */
  readonly problem?: string;
  /** What a load balancer has given it. */
  readonly ingress: readonly ServiceIngress[];
}

interface ServiceStatus {
  readonly loadBalancer?: { readonly ingress?: readonly ServiceIngress[] | null };
}

/** What a load balancer has given a Service. The API server validates what it stores, this does not. */
export function ingressOf(
  service: FoundObject & { readonly status?: ServiceStatus },
): readonly ServiceIngress[] {
  return service.status?.loadBalancer?.ingress ?? [];
}
