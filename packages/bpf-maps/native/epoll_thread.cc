#include "epoll_thread.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace bpf_maps {

int EpollThread::Start(Napi::Env env, Napi::Function on_ready, const char* name, std::function<Next()> decide) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return -errno;
  stop_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event_ < 0) return -errno;
  const int result = Watch(stop_event_, EPOLLIN);
  if (result < 0) return result;
  decide_ = std::move(decide);

  wake_ = Napi::ThreadSafeFunction::New(env, on_ready, name, 0, 1);
  wake_.Unref(env);
  // After the thread-safe function's own hook, and so before it when the environment ends.
  env_ = env;
  napi_add_env_cleanup_hook(env_, &EpollThread::OnEnvironmentEnd, this);
  hooked_ = true;
  try {
    thread_ = std::thread([this] { Wait(); });
  } catch (const std::system_error& error) {
    wake_.Release();
    return -error.code().value();
  }
  return 0;
}

void EpollThread::OnEnvironmentEnd(void* self) {
  static_cast<EpollThread*>(self)->hooked_ = false;
  static_cast<EpollThread*>(self)->Stop();
}

void EpollThread::Stop() {
  if (hooked_) {
    napi_remove_env_cleanup_hook(env_, &EpollThread::OnEnvironmentEnd, this);
    hooked_ = false;
  }
  if (thread_.joinable()) {
    const uint64_t one = 1;
    while (write(stop_event_, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
    thread_.join();
    wake_.Release();
  }
  for (int* fd : {&epoll_, &stop_event_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

int EpollThread::Control(int operation, int fd, uint32_t events) {
  epoll_event event;
  std::memset(&event, 0, sizeof(event));
  event.events = events;
  event.data.fd = fd;
  return epoll_ctl(epoll_, operation, fd, &event) < 0 ? -errno : 0;
}

int EpollThread::Watch(int fd, uint32_t events) { return Control(EPOLL_CTL_ADD, fd, events); }

int EpollThread::Modify(int fd, uint32_t events) { return Control(EPOLL_CTL_MOD, fd, events); }

void EpollThread::KeepAlive(Napi::Env env, bool keep_alive) {
  if (!running() || keep_alive == referenced_) return;
  if (keep_alive) {
    wake_.Ref(env);
  } else {
    wake_.Unref(env);
  }
  referenced_ = keep_alive;
}

void EpollThread::Wait() {
  for (;;) {
    epoll_event events[16];
    const int count = epoll_wait(epoll_, events, 16, -1);
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == stop_event_) return;
    }
    if (count <= 0) continue;
    const Next next = decide_();
    if (next == Next::kEnd) return;
    if (next == Next::kCall && wake_.NonBlockingCall() == napi_closing) return;
  }
}

}  // namespace bpf_maps
