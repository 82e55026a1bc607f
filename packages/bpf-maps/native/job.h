// Work on a map that runs on the threadpool (napi_async_work). A job has memory of its own: what it reads is copied
// in before, what it wrote is copied out after, so that nothing that JavaScript does to a buffer meanwhile
// (transfer, resize, collect) concerns it. It keeps the descriptor open until it ends.
//
// Jobs are short, a few thousand elements: the environment waits for those that run when it ends (process.exit,
// worker.terminate), and whoever cancels does so between two of them.
#ifndef BPF_MAPS_JOB_H_
#define BPF_MAPS_JOB_H_

#include <napi.h>

#include <functional>
#include <memory>
#include <vector>

#include "batches.h"
#include "map_handle.h"

namespace bpf_maps {

// Memory that one job has at most: what asks for more is no number that the package would come up with.
constexpr uint64_t kMaxJobBytes = 256U << 20;

// How many elements of `map` a job is to work on; throws for more than fit into its memory.
uint32_t JobElementsArgument(const Napi::CallbackInfo& info, size_t index, const char* name, const MapHandle& map);

struct JobOutput {
  BatchOutcome outcome;
  bool finished = false;
  std::vector<uint8_t> keys;
  std::vector<uint8_t> values;
  std::vector<uint8_t> found;
};

// Runs `work` on the threadpool; it is destroyed on JavaScript's thread.
//
// Returns a promise of { result, done, hits, finished, keys, values, found }, which is never rejected, or a negative
// errno: -EBADF for a closed map, -ENOMEM.
Napi::Value RunJob(Napi::Env env, const std::shared_ptr<MapHandle>& map,
                   std::function<void(int fd, const MapHandle& map, JobOutput* output)> work);

}  // namespace bpf_maps

#endif  // BPF_MAPS_JOB_H_
