// The consumer of a BPF ring buffer (Documentation/bpf/ringbuf.rst).
//
// Waiting is done by a thread of its own, see epoll_thread.h, which never touches records: those are read on
// JavaScript's thread. It waits only after arm(), once for each call (EPOLLONESHOT), so a slow consumer costs no
// wake-ups.
#ifndef BPF_MAPS_RING_BUFFER_H_
#define BPF_MAPS_RING_BUFFER_H_

#include <napi.h>

#include <cstdint>

#include "epoll_thread.h"
#include "ring_memory.h"

namespace bpf_maps {

class NativeRingBuffer : public Napi::ObjectWrap<NativeRingBuffer> {
 public:
  static Napi::Function Define(Napi::Env env);
  // openRingBuffer(fd, onReadable): a NativeRingBuffer or a negative errno (-EBUSY: has a consumer already).
  static Napi::Value Open(const Napi::CallbackInfo& info);

  explicit NativeRingBuffer(const Napi::CallbackInfo& info);
  ~NativeRingBuffer() override;

 private:
  int Start(Napi::Env env, int fd, Napi::Function on_readable);
  void Stop();
  EpollThread::Next OnReadable();
  bool HeadIsBusy() const;
  int Rearm();

  // arm(keepAlive): call onReadable once when there is a record to read.
  Napi::Value Arm(const Napi::CallbackInfo& info);
  // disarm(): the event loop need not stay alive any more.
  Napi::Value Disarm(const Napi::CallbackInfo& info);
  // read(bytes, offsets, lengths): gives back all that the last read() took, and copies what is next, headers
  // included, in one piece to the beginning of `bytes`. How many records that are, with their places in `bytes`, or a
  // negative errno; -EMSGSIZE if the next record needs more room, of lengths[0] bytes; -EIO for positions that are
  // impossible with one consumer.
  Napi::Value Read(const Napi::CallbackInfo& info);
  // commit(bytes): gives back what the last read() took, up to this place in its `bytes`.
  Napi::Value Commit(const Napi::CallbackInfo& info);
  // pending(): bytes that were not given back.
  Napi::Value Pending(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  uint32_t Header(uint64_t position) const;
  bool GiveBack(uint64_t position);

  RingMemory ring_;
  // All positions count from the ring's beginning of time. What the last read() took lies in between.
  uint64_t committed_ = 0;
  uint64_t position_ = 0;
  // Of what it copied.
  uint64_t chunk_ = 0;
  uint64_t chunk_end_ = 0;
  // Destroyed first: its thread looks at what is above.
  EpollThread thread_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_RING_BUFFER_H_
