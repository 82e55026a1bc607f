package main

import (
	"encoding/binary"

	"github.com/cilium/ebpf"
)

const stride = 8

func readMemory(m *ebpf.Map, r request) (answer, error) {
	memory, err := m.Memory()
	if err != nil {
		return answer{}, err
	}
	var check uint64
	word := make([]byte, 4)
	began := cpuTime()
	for i := r.start; i < r.start+r.count; i++ {
		if _, err := memory.ReadAt(word, int64(keyOf(m, i))*stride); err != nil {
			return answer{}, err
		}
		check += uint64(binary.NativeEndian.Uint32(word))
	}
	return answer{cpuTime() - began, check}, nil
}

func writeMemory(m *ebpf.Map, r request) (answer, error) {
	memory, err := m.Memory()
	if err != nil {
		return answer{}, err
	}
	word := make([]byte, 4)
	began := cpuTime()
	for i := r.start; i < r.start+r.count; i++ {
		key := keyOf(m, i)
		binary.NativeEndian.PutUint32(word, key&0xff)
		if _, err := memory.WriteAt(word, int64(key)*stride); err != nil {
			return answer{}, err
		}
	}
	return answer{cpuTime() - began, uint64(r.count)}, nil
}
