/**
 * Kubernetes' own objects, as far as Gateway API at layer 4 reads them. Written by hand: their schemas are
 * not part of Gateway API. Fields that the model does not read are left out of these types, not refused.
 */

/** Metadata of an object (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/). */
export interface ObjectMeta {
  /** Unique among the objects of a kind, in a namespace if the kind has one. */
  readonly name: string;
  /** Absent for kinds of cluster scope. */
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque version of the stored object: to be compared for equality only. */
  readonly resourceVersion?: string;
  /** Counts the changes of `spec`, from 1; absent where nothing counts them (read as 0). */
  readonly generation?: number;
  /** RFC 3339, in seconds, UTC. */
  readonly creationTimestamp?: string;
  /** RFC 3339: set when the object is being deleted. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** Metadata of an object that lives in a namespace. */
export interface NamespacedObjectMeta extends ObjectMeta {
  readonly namespace: string;
}

/** What all objects have. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** One aspect of an object's state (`metav1.Condition`). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** `metadata.generation` of the object that the condition was judged on. */
  readonly observedGeneration?: number;
  /** RFC 3339: when `status` last changed. */
  readonly lastTransitionTime: string;
  /** CamelCase word for machines. */
  readonly reason: string;
  /** Sentence for people; may be empty. */
  readonly message: string;
}

/** Selects objects by their labels; all of its requirements must hold, so that an empty one selects all. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/** One requirement on one label. */
export interface LabelSelectorRequirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`; anything else matches nothing. */
  readonly operator: string;
  /** Not empty for `In` and `NotIn`, absent otherwise. */
  readonly values?: readonly string[];
}

/** A namespace: the model reads its labels only. */
export interface Namespace {
  readonly apiVersion: 'v1';
  readonly kind: 'Namespace';
  readonly metadata: ObjectMeta;
}

/** A Service: the model reads its type and ports only, and finds its endpoints through EndpointSlices. */
export interface Service {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly metadata: NamespacedObjectMeta;
  readonly spec: ServiceSpec;
}

/** See {@link Service}. */
export interface ServiceSpec {
  /** Default ClusterIP. */
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly clusterIP?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly ServicePort[];
}

/** A port of a Service. */
export interface ServicePort {
  /** Absent (read as '') when the Service has one port. EndpointSlices repeat it. */
  readonly name?: string;
  /** Default TCP. */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  /** 1..65535. */
  readonly port: number;
  /** Port number or name at the pods; EndpointSlices carry what it resolves to. */
  readonly targetPort?: number | string;
}

/** Some of the endpoints of the Service that the label `kubernetes.io/service-name` names. */
export interface EndpointSlice {
  readonly apiVersion: 'discovery.k8s.io/v1';
  readonly kind: 'EndpointSlice';
  readonly metadata: NamespacedObjectMeta;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  /** May be null: Kubernetes writes an empty list so. */
  readonly endpoints?: readonly Endpoint[] | null;
  readonly ports?: readonly EndpointPort[] | null;
}

/** One endpoint: usually one pod. */
export interface Endpoint {
  /** One address or more; all of them stand for the same endpoint, and consumers use the first. */
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions;
  readonly nodeName?: string;
  readonly zone?: string;
}

/** State of an {@link Endpoint}. Absent or null means unknown. */
export interface EndpointConditions {
  /** Takes new traffic; unknown is read as true. */
  readonly ready?: boolean | null;
  /** Like `ready`, but regardless of `terminating`; unknown is read as `ready`. */
  readonly serving?: boolean | null;
  /** Is being deleted; unknown is read as false. */
  readonly terminating?: boolean | null;
}

/** A port of every endpoint of an {@link EndpointSlice}. */
export interface EndpointPort {
  /** Name of the Service's port; absent is read as ''. */
  readonly name?: string | null;
  /** Default TCP. */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP' | null;
  readonly port?: number | null;
}

/** A Secret: the model reads those that HTTPS and TLS listeners name in their certificateRefs. */
export interface Secret {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: NamespacedObjectMeta;
  /** Default Opaque; certificates are of type `kubernetes.io/tls`. */
  readonly type?: string;
  /** Values in base64 (RFC 4648, section 4). */
  readonly data?: Readonly<Record<string, string>>;
  /** Values in plain text, as written in manifests; the API server moves them to `data`. */
  readonly stringData?: Readonly<Record<string, string>>;
}
