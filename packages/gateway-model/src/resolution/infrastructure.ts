/** Metadata of what is created for a Gateway: Services, Pods and whatever else (GEP-1762, GEP-1867). */

import { GATEWAY_CLASS_NAME_LABEL_KEY, GATEWAY_NAME_LABEL_KEY } from '../generated/constants.ts';
import type { Gateway } from '../generated/types.ts';

/** Labels and annotations for objects that are created for a Gateway. */
export interface InfrastructureMetadata {
  /** Labels by name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations by name. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Upper limit of a label's value in Kubernetes, in characters; names of objects may have 253. */
const MAX_LABEL_LENGTH = 63;

/** FNV-1a in 64 bits (https://datatracker.ietf.org/doc/draft-eastlake-fnv/), in hexadecimal. */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** The name as the value of a label: as it is, or its first characters and a hash of all of it when it is too long. */
function labelValue(name: string): string {
  if (name.length <= MAX_LABEL_LENGTH) return name;
  const hash = fnv1a(name);
  return `${name.slice(0, MAX_LABEL_LENGTH - hash.length - 1)}-${hash}`;
}

/**
 * The metadata that everything that is created for a Gateway must carry: the labels and annotations of
 * `spec.infrastructure`, and labels with the names of the Gateway and of its class, which nothing overrides.
 * A name of more than 63 characters is cut and hashed, the same way every time.
 */
export function infrastructureMetadata({ metadata, spec }: Gateway): InfrastructureMetadata {
  const { labels = {}, annotations = {} } = spec.infrastructure ?? {};
  return {
    labels: {
      ...labels,
      [GATEWAY_NAME_LABEL_KEY]: labelValue(metadata.name),
      [GATEWAY_CLASS_NAME_LABEL_KEY]: labelValue(spec.gatewayClassName),
    },
    annotations: { ...annotations },
  };
}
