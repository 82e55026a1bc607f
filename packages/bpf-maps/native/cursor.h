// A walk over all entries of a map, a chunk at a time. Entries that stay in the map during the walk are seen
// exactly once, whatever else comes and goes.
#ifndef BPF_MAPS_CURSOR_H_
#define BPF_MAPS_CURSOR_H_

#include <napi.h>

#include <memory>
#include <vector>

#include "map_handle.h"

namespace bpf_maps {

class NativeCursor : public Napi::ObjectWrap<NativeCursor> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit NativeCursor(const Napi::CallbackInfo& info);

 private:
  // next(keys, values, capacity): the number of entries written, 0 at the end, or a negative errno.
  // -ENOSPC: more room is needed for the next step; nothing is lost, call again with larger buffers.
  Napi::Value Next(const Napi::CallbackInfo& info);

  int NextBatch(uint8_t* keys, uint8_t* values, uint32_t capacity);
  int NextByKeys(uint8_t* keys, uint8_t* values, uint32_t capacity);
  int CollectKeys();

  std::shared_ptr<MapHandle> handle_;
  bool by_batch_;
  bool started_ = false;
  bool finished_ = false;
  std::vector<uint8_t> token_;
  std::vector<uint8_t> next_token_;
  std::vector<uint8_t> keys_;
  size_t position_ = 0;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_CURSOR_H_
