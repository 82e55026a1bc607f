/** Host names of HTTP(S) and TLS listeners and of HTTPRoutes. */

/** Whether `name` is `*.suffix` for one label or more, or equals it. */
function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  return pattern.startsWith('*.') && name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1;
}

/** Whether one host name can match both; absent or empty means every host. A wildcard stands for one label or more. */
export function hostnamesIntersect(a: string | undefined, b: string | undefined): boolean {
  if (!a || !b) return true;
  const [first, second] = [a.toLowerCase(), b.toLowerCase()];
  return covers(first, second) || covers(second, first);
}
