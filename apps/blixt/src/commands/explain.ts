import { styleText } from 'node:util';
import { BLIXT_CONTROLLER_NAME, ControllerError, checkManifests, type ManifestText } from '@blixt/controller';
import { type ModelObject, specificationRules } from '@blixt/gateway-model';
import { CliError, ExitCode } from '../errors.ts';
import { type ExplainedObject, explainedObjects, restingOn } from '../explain/explained-object.ts';
import { findReferenced, parseReference } from '../explain/object-reference.ts';
import { renderJson } from '../explain/render-json.ts';
import { type PaintLook, renderRules, renderText } from '../explain/render-text.ts';
import { type ResolvedObjects, resolveObjects } from '../explain/resolve-objects.ts';
import { readStandardInput } from '../standard-input.ts';
import { visible } from '../validate/visible.ts';

/** Options of `blixt explain`, read. */
export interface ExplainOptions {
  readonly filename: readonly string[];
  readonly output: 'text' | 'json';
  readonly controllerName?: string;
  readonly address: readonly string[];
  readonly assumeClass: boolean;
  readonly namespace: string;
  readonly rules?: boolean;
  readonly rule?: string;
}

/** Addresses for documentation (RFC 5737): what Gateways get that ask for none, when nothing else is said. */
const EXAMPLE_ADDRESSES = ['192.0.2.0/24'];

/** Explains what is decided about objects in files, and why. Returns the exit code. */
export async function explain(references: readonly string[], options: ExplainOptions): Promise<number> {
  if (options.rules || options.rule !== undefined) {
    process.stdout.write(describeRules(options));
    return ExitCode.ok;
  }
  if (options.filename.length === 0)
    throw new CliError('ERR_USAGE', 'expected -f PATH: the files with the objects.', ExitCode.usage);
  const wanted = references.map(parseReference);
  const { objects, complete } = await load(options);
  const resolved = resolve(objects, options);
  const explained = explainedObjects(resolved.explanations);
  const shown: ExplainedObject[] = wanted.length === 0 ? explained : [];
  let missing = false;
  for (const reference of wanted) {
    const found = findReferenced(reference, objects, options.namespace);
    if (found.length === 0) {
      missing = true;
      process.stderr.write(`blixt: ${reference.text}: no such object in the files. [ERR_NOT_FOUND]\n`);
    }
    for (const object of found) shown.push(explainedOf(object, explained, resolved));
  }
  if (options.output === 'json') {
    process.stdout.write(renderJson(shown, resolved.notes));
  } else {
    const nothing =
      wanted.length === 0 ? 'There is no GatewayClass, Gateway, ListenerSet or route to decide about.\n' : '';
    process.stdout.write(shown.length === 0 ? nothing : renderText(shown, resolved.notes, paint));
  }
  return missing || !complete ? ExitCode.failed : ExitCode.ok;
}

interface LoadedObjects {
  readonly objects: readonly ModelObject[];
  /** Whether all of the files could be used. */
  readonly complete: boolean;
}

/** What is wrong with the files is told, and what is right is explained. */
async function load({ filename, namespace }: ExplainOptions): Promise<LoadedObjects> {
  const inputs: (string | ManifestText)[] = [];
  for (const path of new Set(filename))
    inputs.push(path === '-' ? { file: '<stdin>', text: await readStandardInput() } : path);
  const { files, objects, problems, unreadable } = checkManifests(inputs, {
    namespace,
    skipForeign: true,
    strictKinds: true,
  });
  const [first] = unreadable;
  if (first !== undefined) throw new CliError('ERR_INPUT', first.message, ExitCode.usage, { cause: first });
  if (files.size === 0) {
    const message = `${filename.join(', ')}: found no file named *.yaml, *.yml or *.json; give files, or folders with such files.`;
    throw new CliError('ERR_INPUT', message, ExitCode.usage);
  }
  for (const { message, code } of problems)
    process.stderr.write(`blixt: left out: ${visible(message)} [${code}]\n`);
  return { objects: [...objects.values()].map(({ object }) => object), complete: problems.length === 0 };
}

function resolve(objects: readonly ModelObject[], options: ExplainOptions): ResolvedObjects {
  const { address, controllerName = BLIXT_CONTROLLER_NAME, assumeClass } = options;
  const pool = address.length > 0 ? address : EXAMPLE_ADDRESSES;
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  try {
    return resolveObjects(objects, { controllerName, assumeClass, pool, now });
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    throw new CliError('ERR_OPTION', `--address: ${error.message}`, ExitCode.usage, { cause: error });
  }
}

/** Of objects about which nothing is decided, such as Services, what rests on them. */
function explainedOf(
  { kind, metadata }: ModelObject,
  explained: readonly ExplainedObject[],
  { explanations }: ResolvedObjects,
): ExplainedObject {
  const { namespace, name } = metadata;
  const known = explained.find(
    ({ subject }) => subject.kind === kind && subject.name === name && subject.namespace === namespace,
  );
  if (known !== undefined) return known;
  const subject = { kind, ...(namespace !== undefined && { namespace }), name };
  const elsewhere = restingOn(explanations, subject);
  const text = elsewhere.length > 0 ? 'is what these decisions rest on:' : 'plays no part in any decision.';
  return { subject, answer: { outcome: 'ok', text }, decisions: [], elsewhere };
}

function describeRules({ rule: wanted, output }: ExplainOptions): string {
  const rules =
    wanted === undefined ? specificationRules : specificationRules.filter(({ id }) => id === wanted);
  if (rules.length === 0) {
    const known = specificationRules.map(({ id }) => id).join(', ');
    throw new CliError('ERR_OPTION', `--rule ${wanted}: expected one of ${known}.`, ExitCode.usage);
  }
  return output === 'json' ? `${JSON.stringify(rules, null, 2)}\n` : renderRules(rules, paint);
}

const looks = { ok: 'green', refused: 'red', pending: 'yellow', strong: 'bold', dim: 'dim' } as const;

/** Colours on a terminal, unless NO_COLOR asks for none. */
const paint: PaintLook = (look, text) => styleText(looks[look], text, { stream: process.stdout });
