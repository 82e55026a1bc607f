//go:build tools

// Package metallb names what is built: the controller of MetalLB.
package metallb

import _ "go.universe.tf/metallb/controller"
