//go:build tools

// Package metallb names what is built: what gives addresses to Services, and what announces them.
package metallb

import (
	_ "go.universe.tf/metallb/controller"
	_ "go.universe.tf/metallb/speaker"
)
