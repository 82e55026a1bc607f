import { describe, expect, it } from 'vitest';
import { buildGoMod, linkerFlags, stagingModules, toolsFile } from './kubernetes-module.ts';

const upstream = `module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
	k8s.io/api v0.0.0
	k8s.io/utils v0.0.0-20260108192941-914a6e750570
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/client-go => ./staging/src/k8s.io/client-go
)
`;

describe('the Go module that Kubernetes is built in', () => {
  it('finds the modules that live in a folder of Kubernetes', () => {
    expect(stagingModules(upstream)).toEqual(['k8s.io/api', 'k8s.io/client-go']);
  });

  it('replaces each by its release of the same minor and patch version', () => {
    expect(buildGoMod('1.36.3', upstream)).toBe(`module blixt.test/kubernetes
go 1.26.0
godebug default=go1.26
require k8s.io/kubernetes v1.36.3
replace k8s.io/api => k8s.io/api v0.36.3
replace k8s.io/client-go => k8s.io/client-go v0.36.3
`);
  });

  it('imports the commands behind a build tag', () => {
    expect(toolsFile(['k8s.io/kubernetes/cmd/kube-apiserver'])).toBe(`//go:build tools
package kubernetes
import _ "k8s.io/kubernetes/cmd/kube-apiserver"
`);
  });

  it('stamps the version that the commands answer', () => {
    expect(linkerFlags('1.36.3')).toContain('version.gitVersion=v1.36.3');
    expect(linkerFlags('1.36.3')).toContain('version.gitMinor=36');
  });
});
