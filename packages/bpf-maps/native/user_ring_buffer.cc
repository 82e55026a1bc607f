#include "user_ring_buffer.h"

#include <sys/epoll.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "making.h"
#include "map.h"

namespace bpf_maps {
namespace {

// kernel/bpf/helpers.c: DYNPTR_MAX_SIZE, what a record becomes for the program.
constexpr uint64_t kMaxRecord = (1U << 24) - 1;

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
  const int opened = ring_.Open(fd, RingMemory::Role::kProducer);
  return opened < 0 ? opened : readiness_.Start(env, on_drained, {ring_.fd()}, EPOLLOUT);
}

void NativeUserRingBuffer::Stop() {
  readiness_.Stop();
  ring_.Close();
}

uint64_t NativeUserRingBuffer::Used() const {
  const uint64_t consumed = ring_.consumed().load(std::memory_order_acquire);
  return ring_.produced().load(std::memory_order_relaxed) - consumed;
}

Napi::Value NativeUserRingBuffer::Write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t length = Uint32Argument(info, 1, "length");
  const uint8_t* bytes = BytesArgument(info, 0, "bytes", length, 1);
  if (!ring_.is_open()) return Napi::Number::New(env, -EBADF);
  const uint64_t total = RecordBytes(length);
  if (total > ring_.size() || length > kMaxRecord) return Napi::Number::New(env, -E2BIG);
  const uint64_t used = Used();
  // Only another process that moved the producer position can bring this about.
  if (used > ring_.size() || used % 8 != 0) return Napi::Number::New(env, -EIO);
  if (used + total > ring_.size()) return Napi::Number::New(env, -ENOSPC);
  const uint64_t position = ring_.produced().load(std::memory_order_relaxed);
  uint8_t* record = ring_.At(position);
  std::memset(record, 0, kRecordHeader);
  std::memcpy(record, &length, sizeof(length));
  if (length > 0) std::memcpy(record + kRecordHeader, bytes, length);
  ring_.produced().store(position + total, std::memory_order_release);
  return Napi::Number::New(env, 0);
}

Napi::Value NativeUserRingBuffer::Pending(const Napi::CallbackInfo& info) {
  if (!ring_.is_open()) return Napi::Number::New(info.Env(), -EBADF);
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
