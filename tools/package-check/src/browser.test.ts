import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import * as model from '@blixt/gateway-model';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BrowserBundle, bundleForBrowser, GLOBAL_NAME } from './browser-bundle.ts';
import { ROOT } from './packages.ts';
import { measureSizes, type Size } from './sizes.ts';

/** What the model needs beside ECMAScript: Secrets are in base64. Every browser has it, and so has Node. */
const webGlobals = { atob, btoa, TextEncoder };

/**
 * Evaluates an expression after a bundle, where there is nothing but ECMAScript and {@link webGlobals}: nothing of
 * Node, and, as under a strict Content-Security-Policy, no code from strings.
 *
 * @param input - JSON, which the expression finds as `input`.
 * @returns the expression's value, through JSON.
 */
function evaluate({ code }: BrowserBundle, expression: string, input: unknown): unknown {
  const script = `${code}\nJSON.stringify((${expression})(${GLOBAL_NAME}, ${JSON.stringify(input)}))`;
  const answer: unknown = runInNewContext(
    script,
    { ...webGlobals },
    { contextCodeGeneration: { strings: false, wasm: false } },
  );
  return JSON.parse(String(answer));
}

const edge = model.gateway({
  listeners: [
    model.listener('TCP', 80),
    model.listener('HTTPS', 443, { tls: model.terminateTls('web-cert') }),
  ],
});
const pem = (label: string): string => `-----BEGIN ${label}-----\nMAMCAQE=\n-----END ${label}-----\n`;
const objects = [
  model.gatewayClass(),
  edge,
  model.tcpRoute({ backendRefs: [model.backendRef('web', 80)] }),
  model.service('web', [80]),
  model.tlsSecret('web-cert', { certificate: pem('CERTIFICATE'), key: pem('PRIVATE KEY') }),
  model.endpointSlice({ service: 'web', endpoints: ['10.0.0.1'], ports: [{ port: 8080 }] }),
];
const context: model.ResolveContext = {
  controllerName: 'gateway.networking.k8s.io/blixt',
  addresses: { assigned: ['192.0.2.1'] },
  programmed: { ok: true },
  now: '2026-01-01T00:00:00Z',
};

describe('@blixt/gateway-model in a browser', () => {
  let bundle: BrowserBundle;
  beforeAll(async () => {
    bundle = await bundleForBrowser('@blixt/gateway-model');
  });

  it('validates, and makes no code from strings', () => {
    const wrong = { ...edge, spec: { ...edge.spec, listners: [] } };
    const expected = model.validate(wrong);
    expect(expected.length).toBeGreaterThan(0);
    expect(evaluate(bundle, '(library, input) => library.validate(input)', wrong)).toEqual(
      JSON.parse(JSON.stringify(expected)),
    );
    expect(evaluate(bundle, '(library, input) => library.validate(input)', edge)).toEqual([]);
  });

  it('holds neither eval nor the Function constructor', () => {
    const found = [...bundle.code.matchAll(/.{0,40}\b(?:eval|Function)\s*\(/g)].map(([text]) => text);
    expect(found).toEqual([]);
  });

  it('resolves', () => {
    const expected = model.resolveGateway(edge, model.listView(objects), context);
    const answer = evaluate(
      bundle,
      `(library, { edge, objects, context }) => {
        const { forwarding, statuses } = library.resolveGateway(edge, library.listView(objects), context);
        return { forwarding, statuses };
      }`,
      { edge, objects, context },
    );
    const { forwarding, statuses } = expected;
    expect(forwarding.services.map(({ port, backends }) => [port, backends.length])).toEqual([
      [80, 1],
      [443, 0],
    ]);
    expect(answer).toEqual(JSON.parse(JSON.stringify({ forwarding, statuses })));
  });
});

describe('the size of @blixt/gateway-model in a browser', () => {
  let sizes: readonly Size[];
  beforeAll(async () => {
    sizes = await measureSizes();
  });

  it.each([
    ['validate', 0.6],
    ['resolveGateway', 0.6],
    ['builders and type guards', 0.05],
  ])('a bundler leaves out what %s does not need', (title, share) => {
    const [everything] = sizes;
    const part = sizes.find((size) => size.title === title);
    expect(part?.minified).toBeLessThan((everything?.minified ?? 0) * share);
  });

  it('is what the README says, within a tenth', () => {
    const readme = readFileSync(join(ROOT, 'packages/gateway-model/README.md'), 'utf8');
    const rows = [...readme.matchAll(/^([a-zA-Z ]+?) +([\d.]+) kB +([\d.]+) kB$/gm)];
    expect(rows.map(([, title]) => title)).toEqual(sizes.map(({ title }) => title));
    for (const [index, [, , minified, gzipped]] of rows.entries()) {
      const size = sizes[index];
      expect(Math.abs((Number(minified) * 1_000) / (size?.minified ?? 0) - 1)).toBeLessThan(0.1);
      expect(Math.abs((Number(gzipped) * 1_000) / (size?.gzipped ?? 0) - 1)).toBeLessThan(0.1);
    }
  });
});

it('what needs Node is refused', async () => {
  await expect(bundleForBrowser('node:fs')).rejects.toThrow(/Could not resolve "node:fs"/);
});
