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
  /** Unique over time: an object that is made anew under the same name has another one. */
  readonly uid?: string;
  /** Opaque version of the stored object: to be compared for equality only. */
  readonly resourceVersion?: string;
  /** Counts the changes of `spec`, from 1; absent where nothing counts them (read as 0). */
  readonly generation?: number;
  /** RFC 3339, in seconds, UTC. */
  readonly creationTimestamp?: string;
  /** RFC 3339: set when the object is being deleted. */
  readonly deletionTimestamp?: string;
  /** What selectors select by. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Data for tools; not for selectors. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Who has yet to let go of the object before it is deleted. */
  readonly finalizers?: readonly string[];
}

/** Metadata of an object that lives in a namespace. */
export interface NamespacedObjectMeta extends ObjectMeta {
  /** The namespace that the object lives in. */
  readonly namespace: string;
}

/** What all objects have. */
export interface KubernetesObject {
  /** Group and version, e.g. `gateway.networking.k8s.io/v1`; of the core group `v1`. */
  readonly apiVersion: string;
  /** The kind, e.g. `Gateway`. */
  readonly kind: string;
  /** Name, namespace, labels and so on. */
  readonly metadata: ObjectMeta;
}

/** One aspect of an object's state (`metav1.Condition`). */
export interface Condition {
  /** What the condition is about, e.g. `Accepted`; one condition of each type. */
  readonly type: string;
  /** Whether it holds. */
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
  /** Labels with the values that they must have. */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Requirements of other forms. */
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/** One requirement on one label. */
export interface LabelSelectorRequirement {
  /** Name of the label. */
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`; anything else matches nothing. */
  readonly operator: string;
  /** Not empty for `In` and `NotIn`, absent otherwise. */
  readonly values?: readonly string[];
}

/** A namespace: the model reads its labels only. */
export interface Namespace {
  /** `v1`: the version that the model reads. */
  readonly apiVersion: 'v1';
  /** `Namespace`. */
  readonly kind: 'Namespace';
  /** Name, labels and so on. */
  readonly metadata: ObjectMeta;
}

/** A Service: the model reads its type and ports only, and finds its endpoints through EndpointSlices. */
export interface Service {
  /** `v1`: the version that the model reads. */
  readonly apiVersion: 'v1';
  /** `Service`. */
  readonly kind: 'Service';
  /** Name, namespace, labels and so on. */
  readonly metadata: NamespacedObjectMeta;
  /** Its type and its ports. */
  readonly spec: ServiceSpec;
}

/** See {@link Service}. */
export interface ServiceSpec {
  /** Default ClusterIP. */
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Its address in the cluster; `None` for a headless Service. The model goes to the endpoints instead. */
  readonly clusterIP?: string;
  /** Labels of its pods. The model takes them from EndpointSlices instead. */
  readonly selector?: Readonly<Record<string, string>>;
  /** What backendRefs name by number. */
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
  /** `discovery.k8s.io/v1`: the version that the model reads. */
  readonly apiVersion: 'discovery.k8s.io/v1';
  /** `EndpointSlice`. */
  readonly kind: 'EndpointSlice';
  /** Name, namespace, labels and so on. */
  readonly metadata: NamespacedObjectMeta;
  /** What all of its addresses are. The model forwards to IPv4 and IPv6. */
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  /** May be null: Kubernetes writes an empty list so. */
  readonly endpoints?: readonly Endpoint[] | null;
  /** Ports of every endpoint. May be null: Kubernetes writes an empty list so. */
  readonly ports?: readonly EndpointPort[] | null;
}

/** One endpoint: usually one pod. */
export interface Endpoint {
  /** One address or more; all of them stand for the same endpoint, and consumers use the first. */
  readonly addresses: readonly string[];
  /** Whether it takes traffic; absent: it is ready. */
  readonly conditions?: EndpointConditions;
  /** The node that it runs on. */
  readonly nodeName?: string;
  /** The zone of that node. */
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
  /** 1..65535; a port without a number is not forwarded to. */
  readonly port?: number | null;
}

/** A Secret: the model reads those that HTTPS and TLS listeners name in their certificateRefs. */
export interface Secret {
  /** `v1`: the version that the model reads. */
  readonly apiVersion: 'v1';
  /** `Secret`. */
  readonly kind: 'Secret';
  /** Name, namespace, labels and so on. */
  readonly metadata: NamespacedObjectMeta;
  /** Default Opaque; certificates are of type `kubernetes.io/tls`. */
  readonly type?: string;
  /** Values in base64 (RFC 4648, section 4). */
  readonly data?: Readonly<Record<string, string>>;
  /** Values in plain text, as written in manifests; the API server moves them to `data`. */
  readonly stringData?: Readonly<Record<string, string>>;
}
