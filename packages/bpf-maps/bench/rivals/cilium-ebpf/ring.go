package main

import (
	"encoding/binary"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"
)

// lastRecord is the first word of the record that ends a flood of them.
const lastRecord = 2

func consume(m *ebpf.Map, r request) (answer, error) {
	reader, err := ringbuf.NewReader(m)
	if err != nil {
		return answer{}, err
	}
	defer reader.Close()
	var record ringbuf.Record
	var check uint64
	began := cpuTime()
	for range r.count {
		if err := reader.ReadInto(&record); err != nil {
			return answer{}, err
		}
		check += uint64(record.RawSample[0])
	}
	return answer{cpuTime() - began, check}, nil
}

// receive takes records as they come up to the last one: how many, and how long that took since the first.
func receive(m *ebpf.Map) (answer, error) {
	reader, err := ringbuf.NewReader(m)
	if err != nil {
		return answer{}, err
	}
	defer reader.Close()
	var record ringbuf.Record
	var began time.Time
	for count := uint64(1); ; count++ {
		if err := reader.ReadInto(&record); err != nil {
			return answer{}, err
		}
		if count == 1 {
			began = time.Now()
		}
		if binary.NativeEndian.Uint32(record.RawSample) == lastRecord {
			return answer{time.Since(began), count}, nil
		}
	}
}
