#include "lent_descriptors.h"

#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>

#include "arguments.h"

namespace bpf_maps {
namespace {

std::mutex lent_mutex;
// Shared by all threads, as descriptors are.
std::set<int>& Lent() {
  static std::set<int> lent;
  return lent;
}

}  // namespace

int Lend(int fd) {
  if (fd >= 0) {
    std::lock_guard<std::mutex> lock(lent_mutex);
    Lent().insert(fd);
  }
  return fd;
}

Napi::Value CloseDescriptor(const Napi::CallbackInfo& info) {
  const int fd = FdArgument(info, 0, "fd");
  {
    std::lock_guard<std::mutex> lock(lent_mutex);
    if (Lent().erase(fd) == 0) return Napi::Number::New(info.Env(), -EBADF);
  }
  close(fd);
  return Napi::Number::New(info.Env(), 0);
}

}  // namespace bpf_maps
