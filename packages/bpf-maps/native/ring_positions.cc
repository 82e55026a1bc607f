#include "ring_positions.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "arguments.h"
#include "map.h"

namespace bpf_maps {
namespace {

// The kernel's positions are unsigned long.
uint64_t Load(const uint8_t* page) {
  return reinterpret_cast<const std::atomic<unsigned long>*>(page)->load(std::memory_order_acquire);
}

}  // namespace

Napi::Value RingPositions(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = FdArgument(info, 0, "fd");
  MapInfo map;
  const int result = GetMapInfo(fd, &map);
  if (result < 0) return Napi::Number::New(env, result);
  if (map.type != kRingbuf && map.type != kUserRingbuf) return Napi::Number::New(env, -EINVAL);
  // The consumer's page, and the producer's behind it (kernel/bpf/ringbuf.c: struct bpf_ringbuf).
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, 2 * page, PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return Napi::Number::New(env, -errno);
  const auto* pages = static_cast<const uint8_t*>(memory);
  // In this order: what was consumed had been produced before.
  const uint64_t consumed = Load(pages);
  const uint64_t produced = Load(pages + page);
  munmap(memory, 2 * page);
  Napi::Array positions = Napi::Array::New(env, 2);
  positions.Set(0U, Napi::BigInt::New(env, consumed));
  positions.Set(1U, Napi::BigInt::New(env, produced));
  return positions;
}

}  // namespace bpf_maps
