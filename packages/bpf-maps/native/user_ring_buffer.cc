#include "user_ring_buffer.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>

#include "arguments.h"
#include "bpf_syscall.h"
#include "making.h"
#include "map.h"

namespace bpf_maps {
namespace {

// include/uapi/linux/bpf.h: BPF_RINGBUF_HDR_SZ.
constexpr uint64_t kHeader = 8;
// kernel/bpf/helpers.c: DYNPTR_MAX_SIZE, what a record becomes for the program.
constexpr uint64_t kMaxRecord = (1U << 24) - 1;

// A ring has one producer position, so two writers would write over each other's records.
std::mutex producers_mutex;
std::set<uint32_t>& Producers() {
  static std::set<uint32_t> producers;
  return producers;
}

// The kernel's positions are unsigned long.
std::atomic<unsigned long>* Position(uint8_t* page) { return reinterpret_cast<std::atomic<unsigned long>*>(page); }

}  // namespace

Napi::Function NativeUserRingBuffer::Define(Napi::Env env) {
  return DefineClass(env, "NativeUserRingBuffer",
                     {
                         InstanceMethod<&NativeUserRingBuffer::Write>("write"),
                         InstanceMethod<&NativeUserRingBuffer::Pending>("pending"),
                         InstanceMethod<&NativeUserRingBuffer::Arm>("arm"),
                         InstanceMethod<&NativeUserRingBuffer::Disarm>("disarm"),
                         InstanceMethod<&NativeUserRingBuffer::Close>("close"),
                     });
}

NativeUserRingBuffer::NativeUserRingBuffer(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeUserRingBuffer>(info) {
  int& result = Making<int>::Take(info.Env(), "NativeUserRingBuffer", "openUserRingBuffer");
  const int fd = FdArgument(info, 0, "fd");
  if (!info[1].IsFunction()) ThrowArgument(info.Env(), "onDrained must be a function");
  result = Start(info.Env(), fd, info[1].As<Napi::Function>());
  if (result < 0) Stop();
}

NativeUserRingBuffer::~NativeUserRingBuffer() { Stop(); }

Napi::Value NativeUserRingBuffer::Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* data = env.GetInstanceData<AddonData>();
  int result = 0;
  const Making making(&result);
  Napi::Object object =
      data->user_ring_buffer_constructor.New({info[0], info[1]});
  if (result < 0) return Napi::Number::New(env, result);
  return object;
}

int NativeUserRingBuffer::Start(Napi::Env env, int fd, Napi::Function on_drained) {
  // A descriptor of our own, so that closing the map's does not pull it from under the waiting thread.
  fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (fd_ < 0) return -errno;
  MapInfo map;
  const int result = GetMapInfo(fd_, &map);
  if (result < 0) return result;
  if (map.type != kUserRingbuf) return -EINVAL;
  {
    std::lock_guard<std::mutex> lock(producers_mutex);
    if (!Producers().insert(map.id).second) return -EBUSY;
    map_id_ = map.id;
    registered_ = true;
  }
  size_ = map.max_entries;
  page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, page_, PROT_READ, MAP_SHARED, fd_, 0);
  if (memory == MAP_FAILED) return -errno;
  consumer_ = static_cast<uint8_t*>(memory);
  // The data pages come twice in a row, so that a record that wraps lies in one piece.
  memory = mmap(nullptr, page_ + 2 * size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, static_cast<off_t>(page_));
  if (memory == MAP_FAILED) return -errno;
  producer_ = static_cast<uint8_t*>(memory);
  return readiness_.Start(env, on_drained, {fd_}, EPOLLOUT);
}

void NativeUserRingBuffer::Stop() {
  readiness_.Stop();
  if (consumer_ != nullptr) munmap(consumer_, page_);
  if (producer_ != nullptr) munmap(producer_, page_ + 2 * size_);
  consumer_ = producer_ = nullptr;
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  if (registered_) {
    std::lock_guard<std::mutex> lock(producers_mutex);
    Producers().erase(map_id_);
    registered_ = false;
  }
}

uint64_t NativeUserRingBuffer::Used() const {
  const uint64_t consumed = Position(consumer_)->load(std::memory_order_acquire);
  return Position(producer_)->load(std::memory_order_relaxed) - consumed;
}

Napi::Value NativeUserRingBuffer::Write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t length = Uint32Argument(info, 1, "length");
  const uint8_t* bytes = BytesArgument(info, 0, "bytes", length, 1);
  if (fd_ < 0) return Napi::Number::New(env, -EBADF);
  const uint64_t total = (length + kHeader + 7) / 8 * 8;
  if (total > size_ || length > kMaxRecord) return Napi::Number::New(env, -E2BIG);
  const uint64_t used = Used();
  // Only another process that moved the producer position can bring this about.
  if (used > size_ || used % 8 != 0) return Napi::Number::New(env, -EIO);
  if (used + total > size_) return Napi::Number::New(env, -ENOSPC);
  const uint64_t position = Position(producer_)->load(std::memory_order_relaxed);
  uint8_t* record = producer_ + page_ + (position & (size_ - 1));
  std::memset(record, 0, kHeader);
  std::memcpy(record, &length, sizeof(length));
  if (length > 0) std::memcpy(record + kHeader, bytes, length);
  Position(producer_)->store(position + total, std::memory_order_release);
  return Napi::Number::New(env, 0);
}

Napi::Value NativeUserRingBuffer::Pending(const Napi::CallbackInfo& info) {
  if (fd_ < 0) return Napi::Number::New(info.Env(), -EBADF);
  return Napi::Number::New(info.Env(), static_cast<double>(Used()));
}

Napi::Value NativeUserRingBuffer::Arm(const Napi::CallbackInfo& info) {
  readiness_.Arm(info.Env(), info[0].ToBoolean().Value());
  return info.Env().Undefined();
}

Napi::Value NativeUserRingBuffer::Disarm(const Napi::CallbackInfo& info) {
  readiness_.Disarm(info.Env());
  return info.Env().Undefined();
}

Napi::Value NativeUserRingBuffer::Close(const Napi::CallbackInfo& info) {
  Stop();
  return info.Env().Undefined();
}

}  // namespace bpf_maps
