package main

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

const chunk = 4096

func runTyped[V any](m *ebpf.Map, r request, of func(uint64) V, word func(*V) uint64) (answer, error) {
	switch r.operation {
	case "get":
		return get(m, r, word)
	case "set":
		return set(m, r, of)
	case "delete":
		return remove(m, r)
	case "iterate":
		return iterate(m, r, word)
	case "dump":
		return dump(m, r, word)
	case "load":
		return load(m, r, of)
	}
	return answer{}, fmt.Errorf("there is no operation %s", r.operation)
}

// Pointers to values of a fixed size are this package's fastest way: the kernel writes into them.
func get[V any](m *ebpf.Map, r request, word func(*V) uint64) (answer, error) {
	var value V
	var check uint64
	began := cpuTime()
	for i := r.start; i < r.start+r.count; i++ {
		key := keyOf(m, i)
		if err := m.Lookup(&key, &value); err != nil {
			return answer{}, err
		}
		check += word(&value)
	}
	return answer{cpuTime() - began, check}, nil
}

func set[V any](m *ebpf.Map, r request, of func(uint64) V) (answer, error) {
	began := cpuTime()
	for i := r.start; i < r.start+r.count; i++ {
		key := keyOf(m, i)
		value := of(uint64(key & 0xff))
		if err := m.Update(&key, &value, ebpf.UpdateAny); err != nil {
			return answer{}, err
		}
	}
	return answer{cpuTime() - began, uint64(r.count)}, nil
}

func remove(m *ebpf.Map, r request) (answer, error) {
	var check uint64
	began := cpuTime()
	for i := r.start; i < r.start+r.count; i++ {
		key := keyOf(m, i)
		if err := m.Delete(&key); err == nil {
			check++
		}
	}
	return answer{cpuTime() - began, check}, nil
}

func getPerCPU(m *ebpf.Map, r request) (answer, error) {
	values := make([]uint64, ebpf.MustPossibleCPU())
	var check uint64
	began := cpuTime()
	for i := r.start; i < r.start+r.count; i++ {
		key := keyOf(m, i)
		if err := m.Lookup(&key, values); err != nil {
			return answer{}, err
		}
		for _, value := range values {
			check += value & 0xff
		}
	}
	return answer{cpuTime() - began, check}, nil
}

func iterate[V any](m *ebpf.Map, r request, word func(*V) uint64) (answer, error) {
	var key, count uint32
	var value V
	var check uint64
	began := cpuTime()
	entries := m.Iterate()
	for count < r.count && entries.Next(&key, &value) {
		check += uint64(key&0xff) + word(&value)
		count++
	}
	return answer{cpuTime() - began, check}, entries.Err()
}

func dump[V any](m *ebpf.Map, r request, word func(*V) uint64) (answer, error) {
	keys := make([]uint32, chunk)
	values := make([]V, chunk)
	var cursor ebpf.MapBatchCursor
	var check uint64
	var total int
	began := cpuTime()
	for total < int(r.count) {
		count, err := m.BatchLookup(&cursor, keys, values, nil)
		if err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return answer{}, err
		}
		for i := range count {
			check += uint64(keys[i]&0xff) + word(&values[i])
		}
		total += count
		if err != nil {
			break
		}
	}
	return answer{cpuTime() - began, check}, nil
}

func load[V any](m *ebpf.Map, r request, of func(uint64) V) (answer, error) {
	keys := make([]uint32, r.count)
	values := make([]V, r.count)
	for i := range keys {
		keys[i] = keyOf(m, r.start+uint32(i))
		values[i] = of(uint64(keys[i] & 0xff))
	}
	began := cpuTime()
	count, err := m.BatchUpdate(keys, values, nil)
	return answer{cpuTime() - began, uint64(count)}, err
}
