import type { MapInfo } from '../index.ts';
import { ToolError } from './tool-error.ts';

/** A map as messages name it. */
export function mapTitle({ id, name }: Pick<MapInfo, 'id' | 'name'>): string {
  return name === '' ? `map ${id}` : `map '${name}' (id ${id})`;
}

/** A type with its article, as it is spoken. */
export function aType(type: string): string {
  return `${/^(?:[aeio]|lru|lpm|sk_|xsk)/.test(type) ? 'an' : 'a'} ${type}`;
}

/**
 * The map is of a type that cannot do what is asked.
 *
 * @param instead - what can
 */
export function wrongType(info: MapInfo, expected: readonly string[], instead: string): ToolError {
  const types = expected.map(aType).join(' or ');
  return new ToolError(
    'ERR_MAP_TYPE',
    `${mapTitle(info)} is of type ${info.type}; expected ${types}: ${instead}`,
  );
}
