/** The rules that findings name. */
import { type FieldErrorCode, type SpecificationRule, specificationRules } from '@blixt/gateway-model';

/** What there is to say about a rule. */
export interface RuleInfo {
  readonly id: string;
  /** The rule in a sentence or two. */
  readonly text: string;
  /** Where it is written: a GEP, or a URL. */
  readonly source: string;
}

type OwnRule =
  | FieldErrorCode
  | 'yaml-syntax'
  | 'not-an-object'
  | 'duplicate-object'
  | 'missing-object'
  | 'address-range';

const GATEWAY_API_REFERENCE = 'https://gateway-api.sigs.k8s.io/reference/spec/';
const API_CONCEPTS = 'https://kubernetes.io/docs/reference/using-api/api-concepts/';
const NAMES = 'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/';
const OBJECTS = 'https://kubernetes.io/docs/concepts/overview/working-with-objects/';

const own: Readonly<Record<OwnRule, readonly [text: string, source: string]>> = {
  'yaml-syntax': ['A file is YAML or JSON.', 'https://yaml.org/spec/1.2.2/'],
  'not-an-object': ['A document is a Kubernetes object, with apiVersion and kind.', OBJECTS],
  'duplicate-object': ['An object is declared once: of two the one applied last would win.', NAMES],
  'missing-object': [
    'A parent, a class or parameters that an object names are among the files.',
    GATEWAY_API_REFERENCE,
  ],
  'address-range': [
    'Ranges of BlixtParameters are CIDR blocks, addresses, or first and last address, and have no address in common.',
    '@blixt/gateway-model, crds/blixt.dev_blixtparameters.yaml',
  ],
  unreadable: ['An object is plain data.', OBJECTS],
  'unknown-kind': ['A kind of Gateway API is one of its standard channel.', GATEWAY_API_REFERENCE],
  'unknown-version': ['The apiVersion is one that is served for the kind.', GATEWAY_API_REFERENCE],
  required: ['A required field is there.', GATEWAY_API_REFERENCE],
  forbidden: ['A field is not there where another field says so.', GATEWAY_API_REFERENCE],
  'unknown-field': ['A field is one that the kind has.', `${API_CONCEPTS}#field-validation`],
  type: ['A field has the type that the kind gives it.', GATEWAY_API_REFERENCE],
  enum: ['A field has one of its listed values.', GATEWAY_API_REFERENCE],
  pattern: ['Text matches the pattern of its field.', GATEWAY_API_REFERENCE],
  format: ['Text has the format of its field.', GATEWAY_API_REFERENCE],
  range: ['A number is within the limits of its field.', GATEWAY_API_REFERENCE],
  length: ['Text, a list or a map is as long as its field allows.', GATEWAY_API_REFERENCE],
  duplicate: ['Items of a list differ in their key.', GATEWAY_API_REFERENCE],
  immutable: ['A field stays as it was made.', GATEWAY_API_REFERENCE],
  rule: ['The rules across fields hold.', GATEWAY_API_REFERENCE],
};

/** Every rule that a finding can name, by its id. */
export const ruleInfos: ReadonlyMap<string, RuleInfo> = new Map(
  [
    ...Object.entries(own).map(([id, [text, source]]) => ({ id, text, source })),
    ...specificationRules.map(({ id, text, source }: SpecificationRule) => ({ id, text, source })),
  ].map((rule) => [rule.id, rule]),
);
