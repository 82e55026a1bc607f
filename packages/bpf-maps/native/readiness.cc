#include "readiness.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace bpf_maps {
namespace {

int Watch(int epoll, int fd, uint32_t events) {
  epoll_event event;
  std::memset(&event, 0, sizeof(event));
  event.events = events;
  event.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

}  // namespace

int Readiness::Start(Napi::Env env, Napi::Function on_ready, const std::vector<int>& fds, uint32_t events) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return -errno;
  stop_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event_ < 0) return -errno;
  int result = Watch(epoll_, stop_event_, EPOLLIN);
  for (size_t i = 0; i < fds.size() && result == 0; i++) result = Watch(epoll_, fds[i], events | EPOLLET);
  if (result < 0) return result;

  wake_ = Napi::ThreadSafeFunction::New(env, on_ready, "bpf readiness", 0, 1);
  wake_.Unref(env);
  // After the thread-safe function's own hook, and so before it when the environment ends.
  env_ = env;
  napi_add_env_cleanup_hook(env_, &Readiness::OnEnvironmentEnd, this);
  hooked_ = true;
  try {
    waiter_ = std::thread([this] { Wait(); });
  } catch (const std::system_error& error) {
    wake_.Release();
    return -error.code().value();
  }
  return 0;
}

void Readiness::OnEnvironmentEnd(void* self) {
  static_cast<Readiness*>(self)->hooked_ = false;
  static_cast<Readiness*>(self)->Stop();
}

void Readiness::Stop() {
  if (hooked_) {
    napi_remove_env_cleanup_hook(env_, &Readiness::OnEnvironmentEnd, this);
    hooked_ = false;
  }
  if (waiter_.joinable()) {
    const uint64_t one = 1;
    while (write(stop_event_, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
    waiter_.join();
    wake_.Release();
  }
  for (int* fd : {&epoll_, &stop_event_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

void Readiness::Arm(Napi::Env env, bool keep_alive) {
  if (!waiter_.joinable()) return;
  if (keep_alive != referenced_) {
    if (keep_alive) {
      wake_.Ref(env);
    } else {
      wake_.Unref(env);
    }
    referenced_ = keep_alive;
  }
  armed_.store(true);
}

void Readiness::Disarm(Napi::Env env) {
  armed_.store(false);
  if (waiter_.joinable() && referenced_) wake_.Unref(env);
  referenced_ = false;
}

void Readiness::Wait() {
  for (;;) {
    epoll_event events[16];
    const int count = epoll_wait(epoll_, events, 16, -1);
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == stop_event_) return;
    }
    if (count > 0 && armed_.exchange(false) && wake_.NonBlockingCall() == napi_closing) return;
  }
}

}  // namespace bpf_maps
