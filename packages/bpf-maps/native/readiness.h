// Wakes the event loop when one of several descriptors has become ready.
//
// Descriptors are watched for changes (EPOLLET): what was ready before arm() is not told. So whoever waits arms
// first, then looks once more whether there is something to do, and waits only if not.
#ifndef BPF_MAPS_READINESS_H_
#define BPF_MAPS_READINESS_H_

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "epoll_thread.h"

namespace bpf_maps {

class Readiness {
 public:
  // 0 or a negative errno. The descriptors stay the caller's, who closes them after Stop().
  int Start(Napi::Env env, Napi::Function on_ready, const std::vector<int>& fds, uint32_t events);
  // Calls on_ready once, when a descriptor becomes ready from here on.
  void Arm(Napi::Env env, bool keep_alive);
  // The event loop need not stay alive any more.
  void Disarm(Napi::Env env);
  void Stop() { thread_.Stop(); }

 private:
  std::atomic<bool> armed_{false};
  // Destroyed first: its thread looks at what is above.
  EpollThread thread_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_READINESS_H_
