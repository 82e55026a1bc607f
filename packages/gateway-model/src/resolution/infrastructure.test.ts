import { describe, expect, it } from 'vitest';
import { gateway } from '../objects/builders.ts';
import { infrastructureMetadata } from './infrastructure.ts';

const NAME = 'gateway.networking.k8s.io/gateway-name';
const CLASS = 'gateway.networking.k8s.io/gateway-class-name';

describe('metadata of what is created for a Gateway', () => {
  it('carries the labels and annotations of spec.infrastructure, and the names of Gateway and class', () => {
    const infrastructure = { labels: { key2: 'value2' }, annotations: { key1: 'value1' } };
    expect(infrastructureMetadata(gateway({ infrastructure }))).toEqual({
      labels: { key2: 'value2', [NAME]: 'gateway', [CLASS]: 'blixt' },
      annotations: { key1: 'value1' },
    });
  });

  it('the names cannot be overridden', () => {
    const infrastructure = { labels: { [NAME]: 'other', [CLASS]: 'other' } };
    const { labels } = infrastructureMetadata(gateway({ infrastructure }));
    expect(labels).toEqual({ [NAME]: 'gateway', [CLASS]: 'blixt' });
  });

  it.each([63, 64, 253])('a name of %i characters makes a label value of 63 at most', (length) => {
    const value = (name: string) => infrastructureMetadata(gateway({}, { name })).labels[NAME] ?? '';
    const name = 'n'.repeat(length);
    expect(value(name)).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
    expect(value(name).length).toBeLessThanOrEqual(63);
    expect(value(name) === name).toBe(length <= 63);
    expect(value(name)).toBe(value(name));
    expect(value(`${name.slice(1)}x`)).not.toBe(value(name));
  });

  it('hashes as FNV-1a does', () => {
    const name = 'a'.repeat(64);
    expect(infrastructureMetadata(gateway({}, { name })).labels[NAME]).toBe(
      `${'a'.repeat(46)}-db007849f35ebbe5`,
    );
  });
});
