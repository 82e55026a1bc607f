/**
 * The Go module that Kubernetes' commands are built in.
 *
 * The go.mod of k8s.io/kubernetes replaces its staging modules by folders next to it. Replacements count in the
 * main module only, so ours replaces each by the release of that module which was published with Kubernetes:
 * v0.36.3 for v1.36.3.
 */

/** The module that everything is in. */
export const KUBERNETES_MODULE = 'k8s.io/kubernetes';

/** Finds `go 1.26.0` and the like in a go.mod. */
function directive(goMod: string, name: string): string | undefined {
  return new RegExp(`^${name} (.+)$`, 'm').exec(goMod)?.[1];
}

/** Names of the modules that a go.mod replaces by folders below ./staging. */
export function stagingModules(goMod: string): string[] {
  return [...goMod.matchAll(/^\s*(?:replace )?(\S+) => \.\/staging\/\S+$/gm)].map(([, name]) => name ?? '');
}

/**
 * The go.mod to build in.
 *
 * @param version - of Kubernetes, without the `v`, for example `1.36.3`.
 * @param upstream - text of the go.mod of that version of k8s.io/kubernetes.
 */
export function buildGoMod(version: string, upstream: string): string {
  const published = `v0.${version.split('.').slice(1).join('.')}`;
  const godebug = directive(upstream, 'godebug');
  return [
    'module blixt.test/kubernetes',
    `go ${directive(upstream, 'go') ?? '1.26.0'}`,
    ...(godebug === undefined ? [] : [`godebug ${godebug}`]),
    `require ${KUBERNETES_MODULE} v${version}`,
    ...stagingModules(upstream).map((name) => `replace ${name} => ${name} ${published}`),
    '',
  ].join('\n');
}

/** A file that imports the commands, so that `go` counts what they need as needed. */
export function toolsFile(packages: readonly string[]): string {
  return ['//go:build tools', 'package kubernetes', ...packages.map((name) => `import _ "${name}"`), ''].join(
    '\n',
  );
}

/** Linker flags: no debug information, and the version that the commands answer. */
export function linkerFlags(version: string): string {
  const [major = '', minor = ''] = version.split('.');
  const stamp = (name: string, value: string): string => `-X k8s.io/component-base/version.${name}=${value}`;
  return [
    '-s -w',
    stamp('gitVersion', `v${version}`),
    stamp('gitMajor', major),
    stamp('gitMinor', minor),
  ].join(' ');
}
