#include "readiness.h"

#include <sys/epoll.h>

namespace bpf_maps {

int Readiness::Start(Napi::Env env, Napi::Function on_ready, const std::vector<int>& fds, uint32_t events) {
  int result = thread_.Start(env, on_ready, "bpf readiness", [this] {
    return armed_.exchange(false) ? EpollThread::Next::kCall : EpollThread::Next::kWait;
  });
  for (size_t i = 0; i < fds.size() && result == 0; i++) result = thread_.Watch(fds[i], events | EPOLLET);
  return result;
}

void Readiness::Arm(Napi::Env env, bool keep_alive) {
  if (!thread_.running()) return;
  thread_.KeepAlive(env, keep_alive);
  armed_.store(true);
}

void Readiness::Disarm(Napi::Env env) {
  armed_.store(false);
  thread_.KeepAlive(env, false);
}

}  // namespace bpf_maps
