// A thread blocked in epoll_wait that wakes the event loop, through a thread-safe function, when one of several
// descriptors has become ready; see ring_buffer.h for why not uv_poll.
//
// Descriptors are watched for changes (EPOLLET): what was ready before arm() is not told. So whoever waits arms
// first, then looks once more whether there is something to do, and waits only if not.
#ifndef BPF_MAPS_READINESS_H_
#define BPF_MAPS_READINESS_H_

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace bpf_maps {

class Readiness {
 public:
  Readiness() = default;
  ~Readiness() { Stop(); }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // 0 or a negative errno. The descriptors stay the caller's, who closes them after Stop().
  int Start(Napi::Env env, Napi::Function on_ready, const std::vector<int>& fds, uint32_t events);
  // Calls on_ready once, when a descriptor becomes ready from here on.
  void Arm(Napi::Env env, bool keep_alive);
  // The event loop need not stay alive any more.
  void Disarm(Napi::Env env);
  // Ends the thread; also called when the environment ends.
  void Stop();

 private:
  void Wait();
  static void OnEnvironmentEnd(void* self);

  int epoll_ = -1;
  int stop_event_ = -1;
  bool referenced_ = false;
  bool hooked_ = false;
  napi_env env_ = nullptr;
  std::atomic<bool> armed_{false};
  Napi::ThreadSafeFunction wake_;
  std::thread waiter_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_READINESS_H_
