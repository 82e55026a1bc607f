// The JavaScript face of an open map. Results of the kernel are numbers (0 or a count, or a negative errno);
// misuse of this interface itself is an exception.
#ifndef BPF_MAPS_MAP_H_
#define BPF_MAPS_MAP_H_

#include <napi.h>

#include <memory>

#include "map_handle.h"

namespace bpf_maps {

// What one environment (main thread or worker) needs to make objects of the addon's classes.
struct AddonData {
  Napi::FunctionReference map_constructor;
  Napi::FunctionReference cursor_constructor;
  Napi::FunctionReference ring_buffer_constructor;
  Napi::FunctionReference user_ring_buffer_constructor;
  Napi::FunctionReference perf_buffer_constructor;
};

class NativeMap : public Napi::ObjectWrap<NativeMap> {
 public:
  static Napi::Function Define(Napi::Env env);

  // createMap(type, keySize, valueSize, maxEntries, flags, name, innerFd)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  // openPinned(path), openById(id), adoptFd(fd)
  static Napi::Value OpenPinned(const Napi::CallbackInfo& info);
  static Napi::Value OpenById(const Napi::CallbackInfo& info);
  static Napi::Value AdoptFd(const Napi::CallbackInfo& info);
  // nextMapId(id): the next greater id, or a negative errno
  static Napi::Value NextMapId(const Napi::CallbackInfo& info);
  // loadBtf(id): { data, name, kernel } or a negative errno
  static Napi::Value LoadBtf(const Napi::CallbackInfo& info);

  explicit NativeMap(const Napi::CallbackInfo& info);

 private:
  static Napi::Value Wrap(Napi::Env env, int fd, bool close_on_failure);

  Napi::Value Info(const Napi::CallbackInfo& info);
  // The key lies at offset 0, the value at `valueOffset` of info().
  Napi::Value Scratch(const Napi::CallbackInfo& info);
  // On the key and value in the scratch buffer; one system call, no allocation.
  Napi::Value Lookup(const Napi::CallbackInfo& info);
  Napi::Value Update(const Napi::CallbackInfo& info);
  Napi::Value Remove(const Napi::CallbackInfo& info);
  Napi::Value Take(const Napi::CallbackInfo& info);
  // As lookup, with flags (BPF_F_LOCK).
  Napi::Value LookupWith(const Napi::CallbackInfo& info);
  // Of many elements: [done, result, hits], see batches.h.
  // (keys, values, found, count): found[i] is 1 if keys[i] was there.
  Napi::Value LookupMany(const Napi::CallbackInfo& info);
  Napi::Value TakeMany(const Napi::CallbackInfo& info);
  // (keys, values, count, flags)
  Napi::Value UpdateMany(const Napi::CallbackInfo& info);
  // (keys, count)
  Napi::Value DeleteMany(const Napi::CallbackInfo& info);
  // (kind, keys, values, count, flags): one of these on the threadpool, see job.h.
  Napi::Value RunMany(const Napi::CallbackInfo& info);
  // (take)
  Napi::Value OpenCursor(const Napi::CallbackInfo& info);
  Napi::Value MapMemory(const Napi::CallbackInfo& info);
  Napi::Value Pin(const Napi::CallbackInfo& info);
  Napi::Value Freeze(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  // Closes this object, but leaves the descriptor open: it is the caller's again.
  Napi::Value Release(const Napi::CallbackInfo& info);

  // The scratch buffer, made at its first use: whoever only looks at a map needs none.
  uint8_t* scratch();

  std::shared_ptr<MapHandle> handle_;
  // Shared with the ArrayBuffer that JavaScript has: whoever lives longer frees it.
  std::shared_ptr<uint8_t[]> scratch_;
  size_t value_offset_ = 0;
  size_t scratch_bytes_ = 0;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_MAP_H_
