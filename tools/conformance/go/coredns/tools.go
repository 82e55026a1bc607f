//go:build tools

// Package coredns names what is built: the backend that upstream's UDP tests use.
package coredns

import _ "github.com/coredns/coredns"
