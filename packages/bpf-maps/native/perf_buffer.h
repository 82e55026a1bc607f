// The reader of a perf buffer: a perf_event_array with a perf event (PERF_COUNT_SW_BPF_OUTPUT) for each CPU that is
// online, to whose rings programs write with bpf_perf_event_output.
#ifndef BPF_MAPS_PERF_BUFFER_H_
#define BPF_MAPS_PERF_BUFFER_H_

#include <napi.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "map_handle.h"
#include "readiness.h"

namespace bpf_maps {

class NativePerfBuffer : public Napi::ObjectWrap<NativePerfBuffer> {
 public:
  static Napi::Function Define(Napi::Env env);
  // openPerfBuffer(fd, pages, onReadable): a NativePerfBuffer or a negative errno. `pages` of each CPU: a power of two.
  static Napi::Value Open(const Napi::CallbackInfo& info);

  explicit NativePerfBuffer(const Napi::CallbackInfo& info);
  ~NativePerfBuffer() override;

 private:
  // A ring in memory, of one CPU.
  struct Ring {
    uint32_t cpu;
    int fd;
    uint8_t* memory;
  };

  int Start(Napi::Env env, int fd, uint32_t pages, Napi::Function on_readable);
  int OpenRing(uint32_t cpu, uint32_t pages);
  void Stop();
  const uint8_t* At(const Ring& ring, uint64_t position) const;
  void CopyOut(const Ring& ring, uint64_t position, void* to, size_t length) const;

  // read(bytes, offsets, lengths, cpus): copies what is next to `bytes`, and gives its space back at once. How many
  // records that are, with their places in `bytes` and their CPUs, or a negative errno; -EMSGSIZE if the next record
  // needs more room, of lengths[0] bytes.
  Napi::Value Read(const Napi::CallbackInfo& info);
  // lost(): records that the kernel told to have dropped.
  Napi::Value Lost(const Napi::CallbackInfo& info);
  // arm(keepAlive), disarm(): see readiness.h. 1 if there is something to read already, and 0 if not.
  Napi::Value Arm(const Napi::CallbackInfo& info);
  Napi::Value Disarm(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  int map_ = -1;
  std::unique_ptr<Descriptor> descriptor_;
  size_t page_ = 0;
  uint64_t size_ = 0;
  size_t next_ = 0;
  uint64_t lost_ = 0;
  std::vector<Ring> rings_;
  Readiness readiness_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_PERF_BUFFER_H_
