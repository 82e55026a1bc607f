// Work on many elements of a map, by the kernel's batches where its type has them, else one by one. Nothing here
// knows of JavaScript: it runs on any thread, with a descriptor that the caller keeps open.
#ifndef BPF_MAPS_BATCHES_H_
#define BPF_MAPS_BATCHES_H_

#include <cstdint>

#include "map_handle.h"

namespace bpf_maps {

// In the numbers that src/native.ts has.
enum class BatchKind : uint32_t { kLookup = 0, kUpdate = 1, kRemove = 2, kTake = 3 };

struct BatchOutcome {
  // 0 or a negative errno
  int result = 0;
  // Elements that were done before `result`.
  uint32_t done = 0;
  // Of these, keys that were there.
  uint32_t hits = 0;
};

// found[i] is 1 if keys[i] was there, and its value in values[i].
BatchOutcome LookupMany(int fd, const MapHandle& map, const uint8_t* keys, uint8_t* values, uint8_t* found,
                        uint32_t count);
BatchOutcome TakeMany(int fd, const MapHandle& map, const uint8_t* keys, uint8_t* values, uint8_t* found,
                      uint32_t count);
BatchOutcome UpdateMany(int fd, const MapHandle& map, const uint8_t* keys, const uint8_t* values,
                        uint32_t count, uint32_t flags);
// Keys that are not there are passed over.
BatchOutcome DeleteMany(int fd, const MapHandle& map, const uint8_t* keys, uint32_t count);

// BPF_MAP_DELETE_ELEM, with ENOENT from every type for a key that is not there.
int DeleteOne(int fd, const MapHandle& map, const void* key);

// Is this how the kernel refuses a batch that a map type does not have?
bool LacksBatch(int result);

}  // namespace bpf_maps

#endif  // BPF_MAPS_BATCHES_H_
