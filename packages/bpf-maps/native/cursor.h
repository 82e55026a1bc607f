// The JavaScript face of a walk over all entries of a map, a chunk at a time.
#ifndef BPF_MAPS_CURSOR_H_
#define BPF_MAPS_CURSOR_H_

#include <napi.h>

#include <memory>

#include "map_handle.h"
#include "walk.h"

namespace bpf_maps {

class NativeCursor : public Napi::ObjectWrap<NativeCursor> {
 public:
  static Napi::Function Define(Napi::Env env);
  // (take); the map comes by making.h.
  explicit NativeCursor(const Napi::CallbackInfo& info);

 private:
  // next(keys, values, capacity): the number of entries written, 0 at the end, or a negative errno.
  // -ENOSPC: more room is needed for the next step; nothing is lost, call again with larger buffers.
  Napi::Value Next(const Napi::CallbackInfo& info);
  // nextJob(capacity): the same on the threadpool, see job.h: `hits` entries in buffers of the job's own. A job
  // that ends without entries need not be the last one: see `finished`.
  Napi::Value NextJob(const Napi::CallbackInfo& info);

  // A walk, and whether a job goes on with it: two at once would get in each other's way.
  struct State {
    State(const MapHandle& map, bool take) : walk(map, take) {}
    Walk walk;
    bool busy = false;
  };

  std::shared_ptr<MapHandle> handle_;
  std::shared_ptr<State> state_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_CURSOR_H_
