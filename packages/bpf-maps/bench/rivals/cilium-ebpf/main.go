// Answers requests, one a line: OPERATION ID START COUNT. An answer is: NANOSECONDS CHECK.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
)

// request says: do this to that map, count times, beginning with the key of number start.
type request struct {
	operation string
	id        uint32
	start     uint32
	count     uint32
}

// answer is how much CPU time it took, and a sum over what was read, which all contenders must agree about.
type answer struct {
	took  time.Duration
	check uint64
}

// cpuTime is what all threads of this process have used of the CPUs: whatever else the machine does is not
// counted.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// word8 and word64 are the types of values: their first word is all that is not zero.
type word8 = uint64

type word64 struct {
	Word uint64
	Rest [7]uint64
}

// keyOf gives all keys below the map's size, each once, far from each other.
func keyOf(m *ebpf.Map, number uint32) uint32 {
	return number * 0x9e3779b1 & (m.MaxEntries() - 1)
}

func run(m *ebpf.Map, r request) (answer, error) {
	switch r.operation {
	case "consume":
		return consume(m, r)
	case "receive":
		return receive(m)
	case "read":
		return readMemory(m, r)
	case "write":
		return writeMemory(m, r)
	}
	if m.Type() == ebpf.PerCPUArray || m.Type() == ebpf.PerCPUHash {
		return getPerCPU(m, r)
	}
	if m.ValueSize() == 64 {
		return runTyped(m, r, func(word uint64) word64 { return word64{Word: word} }, func(v *word64) uint64 { return v.Word })
	}
	return runTyped(m, r, func(word uint64) word8 { return word }, func(v *word8) uint64 { return *v })
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var r request
		if _, err := fmt.Sscan(input.Text(), &r.operation, &r.id, &r.start, &r.count); err != nil {
			log.Fatalf("%q: %v", input.Text(), err)
		}
		m, err := ebpf.NewMapFromID(ebpf.MapID(r.id))
		if err != nil {
			log.Fatal(err)
		}
		runtime.GC()
		a, err := run(m, r)
		if err != nil {
			log.Fatalf("%s: %v", r.operation, err)
		}
		m.Close()
		fmt.Println(a.took.Nanoseconds(), a.check)
	}
}
