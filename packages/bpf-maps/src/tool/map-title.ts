import type { MapInfo } from '../index.ts';
import { ToolError } from './tool-error.ts';

/** A map as messages name it. */
export function mapTitle({ id, name }: Pick<MapInfo, 'id' | 'name'>): string {
  return name === '' ? `map ${id}` : `map '${name}' (id ${id})`;
}

/**
 * The map is of a type that cannot do what is asked.
 *
 * @param instead - what can
 */
export function wrongType(info: MapInfo, expected: readonly string[], instead: string): ToolError {
  const types = expected.map((type) => `a ${type}`).join(' or ');
  return new ToolError(
    'ERR_MAP_TYPE',
    `${mapTitle(info)} is of type ${info.type}; expected ${types}: ${instead}`,
  );
}
