/** The form of the schemas that validation walks: generated for Gateway API, written by hand for the core kinds. */

/** A rule across fields (`x-kubernetes-validations`): CEL, compiled to functions when the package is built. */
export interface Rule {
  /** The CEL expression. */
  readonly rule: string;
  /** What the CRD says when the rule is broken. */
  readonly message: string;
  /** Compares with the value before: holds on updates only. */
  readonly usesOldSelf?: boolean;
  /** Fields from the value (or from the item) to what the rule is about. */
  readonly about?: readonly string[];
  /** What is wrong with it, if it can be told. */
  readonly code?: 'required' | 'forbidden' | 'immutable';
  /** Whether the value is right. Throws when CEL's evaluation fails. */
  test?(self: unknown, oldSelf: unknown): boolean;
  /** Instead of `test`, for a rule on each item of a list or key of a map: whether one is right. */
  item?(item: unknown, self: unknown): boolean;
  /** `test` where fields that the schema requires may be missing, if that makes a difference. */
  carefulTest?(self: unknown, oldSelf: unknown): boolean;
  /** `item`, likewise. */
  carefulItem?(item: unknown, self: unknown): boolean;
  /** Whether two items are the same, for a rule that says that they must differ. */
  same?(item: unknown, other: unknown): boolean;
}

/** A node of a structural schema; names are those of OpenAPI and of Kubernetes' extensions to it. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  /** Of the values of a map. */
  readonly additionalProperties?: Schema;
  /** Fields that `properties` does not list are kept: of kinds of which only a part is known. */
  readonly open?: boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  /** RE2, translated. */
  readonly pattern?: RegExp;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  /** `x-kubernetes-list-type` */
  readonly listType?: 'atomic' | 'set' | 'map';
  /** `x-kubernetes-list-map-keys` */
  readonly listMapKeys?: readonly string[];
  /** `x-kubernetes-validations` */
  readonly rules?: readonly Rule[];
  /** The node or one below it has rules. */
  readonly ruled?: boolean;
}

/** What is known of a kind. */
export interface KindSchema {
  readonly kind: string;
  /** Served versions, the preferred one first. */
  readonly apiVersions: readonly string[];
  readonly namespaced: boolean;
  /** `subresources.status`: the status is written apart from the rest. */
  readonly statusSubresource: boolean;
  /** What names must be. */
  readonly names: 'subdomain' | 'label';
  /** By served version; all fields but apiVersion, kind and metadata. */
  readonly schemas: Readonly<Record<string, Schema>>;
}
