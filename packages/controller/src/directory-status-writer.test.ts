import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusOwner } from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { DirectoryStatusWriter, readStatusDirectory } from './directory-status-writer.ts';
import { keyOf } from './object.ts';

const gatewayClass = (name: string, feature = 'Gateway'): StatusOwner => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name, uid: 'u', generation: 3 },
  spec: { controllerName: 'gateway.networking.k8s.io/blixt' },
  status: { supportedFeatures: [{ name: feature }] },
});

const tcpRoute = (name: string, namespace = 'default'): StatusOwner => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'TCPRoute',
  metadata: { name, namespace },
  spec: { rules: [{ backendRefs: [{ name: 's', port: 80 }] }] },
  status: { parents: [] },
});

const write = (object: StatusOwner) => ({ object, updates: [] });

describe('DirectoryStatusWriter', () => {
  it('writes a file for each object, and reads it back', async () => {
    const directory = join(temporaryDirectory(), 'made/by/it');
    const writer = await DirectoryStatusWriter.open(directory);
    await writer.write([write(gatewayClass('blixt')), write(tcpRoute('web', 'shop'))]);
    expect(readdirSync(directory).sort()).toEqual(['GatewayClass_blixt.yaml', 'TCPRoute_shop_web.yaml']);
    expect(readFileSync(join(directory, 'GatewayClass_blixt.yaml'), 'utf8')).toBe(
      'apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata:\n  name: blixt\n  uid: u\n  generation: 3\nstatus:\n  supportedFeatures:\n    - name: Gateway\n',
    );
    const again = await DirectoryStatusWriter.open(directory);
    expect(again.current('GatewayClass//blixt')).toEqual({ supportedFeatures: [{ name: 'Gateway' }] });
    expect(await readStatusDirectory(directory)).toHaveLength(2);
  });

  it('touches only what changed', async () => {
    const directory = temporaryDirectory();
    const writer = await DirectoryStatusWriter.open(directory);
    await writer.write([write(gatewayClass('a')), write(gatewayClass('b'))]);
    for (const name of readdirSync(directory)) utimesSync(join(directory, name), 1, 1);
    await writer.write([write(gatewayClass('a')), write(gatewayClass('b', 'TCPRoute'))]);
    const touched = readdirSync(directory).filter((name) => statSync(join(directory, name)).mtimeMs > 1000);
    expect(touched).toEqual(['GatewayClass_b.yaml']);
  });

  it('removes files of objects that are gone, and of no others', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'README.md'), 'mine');
    writeFileSync(join(directory, 'Gateway_x_y.yaml'), 'not: ours');
    const first = await DirectoryStatusWriter.open(directory);
    await first.write(['a', 'b', 'c'].map((name) => write(gatewayClass(name))));
    await first.remove(keyOf(gatewayClass('a')));
    const second = await DirectoryStatusWriter.open(directory);
    await second.retain(new Set([keyOf(gatewayClass('b'))]));
    expect(readdirSync(directory).sort()).toEqual(['GatewayClass_b.yaml', 'Gateway_x_y.yaml', 'README.md']);
  });

  it('removes what a killed process left half written, and leaves no such thing itself', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '.GatewayClass_a.yaml.4711.tmp'), 'apiVers');
    const writer = await DirectoryStatusWriter.open(directory);
    await writer.write([write(gatewayClass('a'))]);
    expect(readdirSync(directory)).toEqual(['GatewayClass_a.yaml']);
  });

  it('copes with the longest names that there are', async () => {
    const directory = temporaryDirectory();
    const writer = await DirectoryStatusWriter.open(directory);
    const [one, two] = [`${'a'.repeat(252)}1`, `${'a'.repeat(252)}2`];
    await writer.write([write(tcpRoute(one, 'n'.repeat(63))), write(tcpRoute(two, 'n'.repeat(63)))]);
    const records = await readStatusDirectory(directory);
    expect(records.map((record) => record.metadata.name).sort()).toEqual([one, two]);
  });

  it('tells when the directory cannot be used', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    await expect(DirectoryStatusWriter.open(join(directory, 'file'))).rejects.toMatchObject({
      code: 'ERR_STATUS_DIR',
    });
    await expect(readStatusDirectory(join(directory, 'missing'))).rejects.toMatchObject({
      code: 'ERR_STATUS_DIR',
    });
    mkdirSync(join(directory, 'empty'));
    expect(await readStatusDirectory(join(directory, 'empty'))).toEqual([]);
  });
});
