/**
 * Generates src/generated/ from the CRDs of the Gateway API release that gateway-api.json names:
 * `types.ts` (TypeScript types, the CRDs' field docs as TSDoc) and `schemas.ts` (JSON schemas without docs,
 * for validation and defaulting). Run by `nx run @blixt/gateway-model:codegen`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateConstants, readConstants } from './constants.ts';
import { type GatewayApiRelease, readCrds } from './crds.ts';
import { findGoTypes, readApiPackage } from './go-types.ts';
import { generateSchemas } from './schemas.ts';
import { generateTypes } from './types.ts';

const root = join(import.meta.dirname, '..');
const output = join(root, 'src', 'generated');
const release = JSON.parse(readFileSync(join(root, 'gateway-api.json'), 'utf8')) as GatewayApiRelease;
const kinds = [
  'GatewayClass',
  'Gateway',
  'ListenerSet',
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'UDPRoute',
  'ReferenceGrant',
  'BackendTLSPolicy',
];
const banner = `// Generated from ${release.module} ${release.version} (${release.channel} channel) by scripts/codegen.ts. Do not edit.\n`;

const crds = readCrds(release, kinds);
const goTypes = findGoTypes(crds, (version) => readApiPackage(release, version));
const constants = readConstants(release, goTypes);
const types = generateTypes(crds, goTypes, banner);
mkdirSync(output, { recursive: true });
writeFileSync(join(output, 'types.ts'), types);
writeFileSync(join(output, 'constants.ts'), generateConstants(constants, crds, banner));
writeFileSync(join(output, 'schemas.ts'), generateSchemas(crds, release, banner));
