// The producer of a user ring buffer (BPF_MAP_TYPE_USER_RINGBUF, Linux 6.1): user space writes records, programs
// drain them with bpf_user_ringbuf_drain.
#ifndef BPF_MAPS_USER_RING_BUFFER_H_
#define BPF_MAPS_USER_RING_BUFFER_H_

#include <napi.h>

#include <cstdint>

#include "readiness.h"
#include "ring_memory.h"

namespace bpf_maps {

class NativeUserRingBuffer : public Napi::ObjectWrap<NativeUserRingBuffer> {
 public:
  static Napi::Function Define(Napi::Env env);
  // openUserRingBuffer(fd, onDrained): a NativeUserRingBuffer or a negative errno (-EBUSY: has a producer already).
  static Napi::Value Open(const Napi::CallbackInfo& info);

  explicit NativeUserRingBuffer(const Napi::CallbackInfo& info);
  ~NativeUserRingBuffer() override;

 private:
  int Start(Napi::Env env, int fd, Napi::Function on_drained);
  void Stop();
  uint64_t Used() const;

  // write(bytes, length): 0, or -ENOSPC while there is no room, -E2BIG if there never will be.
  Napi::Value Write(const Napi::CallbackInfo& info);
  // pending(): bytes that programs have not yet drained, headers included.
  Napi::Value Pending(const Napi::CallbackInfo& info);
  // arm(keepAlive), disarm(): see readiness.h.
  Napi::Value Arm(const Napi::CallbackInfo& info);
  Napi::Value Disarm(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  RingMemory ring_;
  // Destroyed first: its thread watches the ring.
  Readiness readiness_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_USER_RING_BUFFER_H_
