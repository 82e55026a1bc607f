const DECIMAL = /^[1-9]\d*$/;

/**
 * Whether a resourceVersion is older than another of the same resource: they are decimal numbers that grow
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). Of any other text it cannot
 * be told: false.
 */
export function isOlder(version: string, than: string): boolean {
  if (!DECIMAL.test(version) || !DECIMAL.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
