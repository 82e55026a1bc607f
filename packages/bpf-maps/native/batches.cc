#include "batches.h"

#include <cerrno>
#include <cstddef>

namespace bpf_maps {
namespace {

using ReadElement = int (*)(int fd, const void* key, void* value);

int Lookup(int fd, const void* key, void* value) { return LookupElement(fd, key, value); }

BatchOutcome ReadMany(ReadElement read, int fd, const MapHandle& map, const uint8_t* keys, uint8_t* values,
                      uint8_t* found, uint32_t count) {
  BatchOutcome outcome;
  for (size_t i = 0; i < count; i++) {
    const void* key = map.KeyPointer(keys + i * map.key_bytes());
    const int result = read(fd, key, values + i * map.value_bytes());
    if (result < 0 && result != -ENOENT) {
      outcome.result = result;
      break;
    }
    found[i] = result == 0 ? 1 : 0;
    outcome.hits += found[i];
    outcome.done++;
  }
  return outcome;
}

}  // namespace

bool LacksBatch(int result) { return result == -EINVAL || result == -kNotSupported || result == -EOPNOTSUPP; }

// A sockmap has EINVAL for what other maps call ENOENT (net/core/sock_map.c: __sock_map_delete).
int DeleteOne(int fd, const MapHandle& map, const void* key) {
  const int result = DeleteElement(fd, key);
  return result == -EINVAL && map.info().type == kSockmap ? -ENOENT : result;
}

BatchOutcome LookupMany(int fd, const MapHandle& map, const uint8_t* keys, uint8_t* values, uint8_t* found,
                        uint32_t count) {
  return ReadMany(&Lookup, fd, map, keys, values, found, count);
}

BatchOutcome TakeMany(int fd, const MapHandle& map, const uint8_t* keys, uint8_t* values, uint8_t* found,
                      uint32_t count) {
  return ReadMany(&LookupAndDeleteElement, fd, map, keys, values, found, count);
}

BatchOutcome UpdateMany(int fd, const MapHandle& map, const uint8_t* keys, const uint8_t* values,
                        uint32_t count, uint32_t flags) {
  BatchOutcome outcome;
  if (count == 0) return outcome;
  // The batch command knows no BPF_NOEXIST or BPF_EXIST (kernel/bpf/syscall.c: generic_map_update_batch).
  if (flags == 0) {
    outcome.done = count;
    outcome.result = UpdateBatch(fd, keys, values, &outcome.done);
    // A refusal before the first element leaves the count as it was given.
    if (outcome.result < 0 && outcome.done >= count) outcome.done = 0;
    if (!LacksBatch(outcome.result) || outcome.done > 0) return outcome;
  }
  outcome.result = 0;
  while (outcome.done < count && outcome.result == 0) {
    const void* key = map.KeyPointer(keys + outcome.done * map.key_bytes());
    outcome.result = UpdateElement(fd, key, values + outcome.done * map.value_bytes(), flags);
    if (outcome.result == 0) outcome.done++;
  }
  return outcome;
}

BatchOutcome DeleteMany(int fd, const MapHandle& map, const uint8_t* keys, uint32_t count) {
  BatchOutcome outcome;
  bool batches = true;
  while (outcome.done < count && outcome.result == 0) {
    const uint8_t* rest = keys + outcome.done * map.key_bytes();
    if (batches) {
      uint32_t processed = count - outcome.done;
      outcome.result = DeleteBatch(fd, rest, &processed);
      if (outcome.result < 0 && processed >= count - outcome.done) processed = 0;
      if (LacksBatch(outcome.result) && processed == 0) {
        batches = false;
        outcome.result = 0;
        continue;
      }
      outcome.done += processed;
      outcome.hits += processed;
      // The kernel stops at a key that is not there: step over it.
      if (outcome.result == -ENOENT) {
        outcome.done++;
        outcome.result = 0;
      }
    } else {
      outcome.result = DeleteOne(fd, map, map.KeyPointer(rest));
      if (outcome.result == 0) outcome.hits++;
      if (outcome.result == -ENOENT) outcome.result = 0;
      if (outcome.result == 0) outcome.done++;
    }
  }
  return outcome;
}

}  // namespace bpf_maps
