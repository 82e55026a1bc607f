// The JavaScript face of an open map. Results of the kernel are numbers (0 or a count, or a negative errno);
// misuse of this interface itself is an exception.
#ifndef BPF_MAPS_MAP_H_
#define BPF_MAPS_MAP_H_

#include <napi.h>

#include <memory>

#include "element.h"
#include "map_handle.h"

namespace bpf_maps {

// What one environment (main thread or worker) needs to make objects of the addon's classes.
struct AddonData {
  Napi::FunctionReference map_constructor;
  Napi::FunctionReference cursor_constructor;
  Napi::FunctionReference ring_buffer_constructor;
  Napi::FunctionReference user_ring_buffer_constructor;
  Napi::FunctionReference perf_buffer_constructor;
  // Also each map's: when an environment ends, nobody knows what goes first.
  std::shared_ptr<ElementTable> elements = std::make_shared<ElementTable>();
};

class NativeMap : public Napi::ObjectWrap<NativeMap> {
 public:
  static Napi::Function Define(Napi::Env env);

  // Of a new descriptor, or a negative errno.
  static Napi::Value Wrap(Napi::Env env, int fd, bool close_on_failure);
  // openPinned(path, flags?), openById(id, flags?), adoptFd(fd)
  static Napi::Value OpenPinned(const Napi::CallbackInfo& info);
  static Napi::Value OpenById(const Napi::CallbackInfo& info);
  static Napi::Value AdoptFd(const Napi::CallbackInfo& info);
  // nextMapId(id): the next greater id, or a negative errno
  static Napi::Value NextMapId(const Napi::CallbackInfo& info);
  // loadBtf(id): { data, name, kernel } or a negative errno
  static Napi::Value LoadBtf(const Napi::CallbackInfo& info);

  explicit NativeMap(const Napi::CallbackInfo& info);
  ~NativeMap() override;

 private:
  Napi::Value Info(const Napi::CallbackInfo& info);
  // The key at offset 0 and the value at `valueOffset` of info() that the functions of element.h work on, and
  // the number that they know this map by.
  Napi::Value Scratch(const Napi::CallbackInfo& info);
  Napi::Value Slot(const Napi::CallbackInfo& info);
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

  // Made at its first use: whoever only looks at a map needs none.
  Element& element();

  std::shared_ptr<MapHandle> handle_;
  std::shared_ptr<ElementTable> elements_;
  std::unique_ptr<Element> element_;
  uint32_t slot_ = 0;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_MAP_H_
