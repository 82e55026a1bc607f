// A thread blocked in epoll_wait that wakes the event loop through a thread-safe function. The other way, uv_poll on
// the loop of napi_get_uv_event_loop, would tie the addon to libuv's ABI, which Node-API does not promise; everything
// here is Node-API only.
#ifndef BPF_MAPS_EPOLL_THREAD_H_
#define BPF_MAPS_EPOLL_THREAD_H_

#include <napi.h>

#include <cstdint>
#include <functional>
#include <thread>

namespace bpf_maps {

class EpollThread {
 public:
  // What to do after descriptors became ready: wait on, call on_ready and wait on, or end the thread.
  enum class Next { kWait, kCall, kEnd };

  EpollThread() = default;
  ~EpollThread() { Stop(); }
  EpollThread(const EpollThread&) = delete;
  EpollThread& operator=(const EpollThread&) = delete;

  // 0 or a negative errno. `decide` is called on the thread, each time that a watched descriptor is ready. `on_ready` is
  // called on JavaScript's, once for one or more such times. The thread ends with Stop(), or with the environment.
  int Start(Napi::Env env, Napi::Function on_ready, const char* name, std::function<Next()> decide);
  // 0 or a negative errno. Descriptors stay the caller's, who closes them after Stop().
  int Watch(int fd, uint32_t events);
  int Modify(int fd, uint32_t events);
  // Must the event loop stay alive for on_ready? From the beginning not.
  void KeepAlive(Napi::Env env, bool keep_alive);
  bool running() const { return thread_.joinable(); }
  void Stop();

 private:
  static void OnEnvironmentEnd(void* self);
  int Control(int operation, int fd, uint32_t events);
  void Wait();

  int epoll_ = -1;
  int stop_event_ = -1;
  bool referenced_ = false;
  bool hooked_ = false;
  napi_env env_ = nullptr;
  std::function<Next()> decide_;
  Napi::ThreadSafeFunction wake_;
  std::thread thread_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_EPOLL_THREAD_H_
