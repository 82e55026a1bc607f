#include "ring_buffer.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <vector>

#include "arguments.h"
#include "map.h"

namespace bpf_maps {
namespace {

// include/uapi/linux/bpf.h: BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT, BPF_RINGBUF_HDR_SZ.
constexpr uint32_t kBusy = 1U << 31;
constexpr uint32_t kDiscard = 1U << 30;
constexpr uint64_t kHeader = 8;
constexpr uint64_t kRing = 0;
constexpr uint64_t kStop = 1;

// A ring has one consumer position, so two readers would take records from each other.
std::mutex consumers_mutex;
std::set<uint32_t>& Consumers() {
  static std::set<uint32_t> consumers;
  return consumers;
}

}  // namespace

Napi::Function NativeRingBuffer::Define(Napi::Env env) {
  return DefineClass(env, "NativeRingBuffer",
                     {
                         InstanceMethod<&NativeRingBuffer::Arm>("arm"),
                         InstanceMethod<&NativeRingBuffer::Disarm>("disarm"),
                         InstanceMethod<&NativeRingBuffer::Read>("read"),
                         InstanceMethod<&NativeRingBuffer::Commit>("commit"),
                         InstanceMethod<&NativeRingBuffer::Close>("close"),
                     });
}

NativeRingBuffer::NativeRingBuffer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeRingBuffer>(info) {
  const int fd = FdArgument(info, 0, "fd");
  if (!info[1].IsFunction()) ThrowArgument(info.Env(), "onReadable must be a function");
  if (!info[2].IsExternal()) ThrowArgument(info.Env(), "a NativeRingBuffer is made by openRingBuffer");
  int* result = info[2].As<Napi::External<int>>().Data();
  *result = Start(info.Env(), fd, info[1].As<Napi::Function>());
  if (*result < 0) Stop();
}

NativeRingBuffer::~NativeRingBuffer() { Stop(); }

int NativeRingBuffer::Start(Napi::Env env, int fd, Napi::Function on_readable) {
  // A descriptor of our own, so that closing the map's does not pull it from under the waiting thread.
  fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (fd_ < 0) return -errno;
  MapInfo map;
  const int result = GetMapInfo(fd_, &map);
  if (result < 0) return result;
  if (map.type != kRingbuf) return -EINVAL;
  {
    std::lock_guard<std::mutex> lock(consumers_mutex);
    if (!Consumers().insert(map.id).second) return -EBUSY;
    map_id_ = map.id;
    registered_ = true;
  }
  size_ = map.max_entries;
  page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (memory == MAP_FAILED) return -errno;
  consumer_ = static_cast<uint8_t*>(memory);
  // The data pages come twice in a row, so that a record that wraps lies in one piece.
  memory = mmap(nullptr, page_ + 2 * size_, PROT_READ, MAP_SHARED, fd_, static_cast<off_t>(page_));
  if (memory == MAP_FAILED) return -errno;
  producer_ = static_cast<uint8_t*>(memory);
  position_ = committed_ = Load(consumer_);

  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  stop_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || stop_event_ < 0) return -errno;
  epoll_event event;
  std::memset(&event, 0, sizeof(event));
  event.events = EPOLLIN;
  event.data.u64 = kStop;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_event_, &event) < 0) return -errno;
  event.events = 0;
  event.data.u64 = kRing;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event) < 0) return -errno;

  wake_ = Napi::ThreadSafeFunction::New(env, on_readable, "bpf ring buffer", 0, 1);
  wake_.Unref(env);
  // After the thread-safe function's own hook, and so before it when the environment ends.
  env_ = env;
  napi_add_env_cleanup_hook(env_, &NativeRingBuffer::OnEnvironmentEnd, this);
  hooked_ = true;
  try {
    waiter_ = std::thread([this] { Wait(); });
  } catch (const std::system_error& error) {
    wake_.Release();
    return -error.code().value();
  }
  return 0;
}

void NativeRingBuffer::OnEnvironmentEnd(void* self) {
  static_cast<NativeRingBuffer*>(self)->hooked_ = false;
  static_cast<NativeRingBuffer*>(self)->Stop();
}

void NativeRingBuffer::Stop() {
  if (hooked_) {
    napi_remove_env_cleanup_hook(env_, &NativeRingBuffer::OnEnvironmentEnd, this);
    hooked_ = false;
  }
  if (waiter_.joinable()) {
    const uint64_t one = 1;
    while (write(stop_event_, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
    waiter_.join();
    wake_.Release();
  }
  if (consumer_ != nullptr) munmap(consumer_, page_);
  if (producer_ != nullptr) munmap(producer_, page_ + 2 * size_);
  consumer_ = producer_ = nullptr;
  for (int* fd : {&epoll_, &stop_event_, &fd_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
  if (registered_) {
    std::lock_guard<std::mutex> lock(consumers_mutex);
    Consumers().erase(map_id_);
    registered_ = false;
  }
}

Napi::Value NativeRingBuffer::Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* data = env.GetInstanceData<AddonData>();
  int result = 0;
  Napi::Object object =
      data->ring_buffer_constructor.New({info[0], info[1], Napi::External<int>::New(env, &result)});
  if (result < 0) return Napi::Number::New(env, result);
  return object;
}

bool NativeRingBuffer::Rearm() {
  epoll_event event;
  std::memset(&event, 0, sizeof(event));
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = kRing;
  return epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &event) == 0;
}

void NativeRingBuffer::Wait() {
  for (;;) {
    epoll_event events[2];
    const int count = epoll_wait(epoll_, events, 2, -1);
    if (count < 0 && errno != EINTR) return;
    bool readable = false;
    for (int i = 0; i < count; i++) {
      if (events[i].data.u64 == kStop) return;
      readable = true;
    }
    if (!readable) continue;
    // A record that a program has reserved but not yet committed makes the ring readable, though there is
    // nothing to read; that lasts as long as the program runs.
    if (HeadIsBusy()) {
      const timespec pause = {0, 50 * 1000};
      nanosleep(&pause, nullptr);
      if (!Rearm()) return;
      continue;
    }
    if (wake_.NonBlockingCall() == napi_closing) return;
  }
}

uint64_t NativeRingBuffer::Load(const void* counter) const {
  // The kernel's positions are unsigned long.
  return reinterpret_cast<const std::atomic<unsigned long>*>(counter)->load(std::memory_order_acquire);
}

const std::atomic<uint32_t>* NativeRingBuffer::Header(uint64_t position) const {
  return reinterpret_cast<const std::atomic<uint32_t>*>(producer_ + page_ + (position & (size_ - 1)));
}

bool NativeRingBuffer::HeadIsBusy() const {
  const uint64_t head = Load(consumer_);
  if (head % kHeader != 0 || head >= Load(producer_)) return false;
  return (Header(head)->load(std::memory_order_acquire) & kBusy) != 0;
}

Napi::Value NativeRingBuffer::Arm(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (fd_ < 0) return Napi::Number::New(env, -EBADF);
  const bool keep_alive = info[0].ToBoolean().Value();
  if (keep_alive != referenced_) {
    if (keep_alive) {
      wake_.Ref(env);
    } else {
      wake_.Unref(env);
    }
    referenced_ = keep_alive;
  }
  return Napi::Number::New(env, Rearm() ? 0 : -errno);
}

Napi::Value NativeRingBuffer::Disarm(const Napi::CallbackInfo& info) {
  if (fd_ >= 0 && referenced_) wake_.Unref(info.Env());
  referenced_ = false;
  return info.Env().Undefined();
}

Napi::Value NativeRingBuffer::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint32_t max_records = Uint32Argument(info, 0, "maxRecords");
  const uint32_t max_bytes = Uint32Argument(info, 1, "maxBytes");
  if (fd_ < 0) return Napi::Number::New(env, -EBADF);

  struct Record {
    uint64_t start;
    uint32_t length;
    uint64_t end;
  };
  std::vector<Record> records;
  uint64_t position = position_;
  uint64_t bytes = 0;
  const uint64_t produced = Load(producer_);
  if (position % kHeader != 0 || produced - position > size_) return Napi::Number::New(env, -EIO);
  while (position < produced && records.size() < max_records && bytes < max_bytes) {
    const uint32_t header = Header(position)->load(std::memory_order_acquire);
    if ((header & kBusy) != 0) break;
    const uint32_t length = header & ~kDiscard;
    const uint64_t next = position + (length + kHeader + 7) / 8 * 8;
    // Only another process that moved the consumer position can bring this about.
    if (next > produced) return Napi::Number::New(env, -EIO);
    if ((header & kDiscard) == 0) {
      records.push_back({position + kHeader, length, next});
      bytes += length;
    }
    position = next;
  }

  Napi::Uint8Array data = Napi::Uint8Array::New(env, bytes);
  Napi::Uint32Array lengths = Napi::Uint32Array::New(env, records.size());
  Napi::Float64Array ends = Napi::Float64Array::New(env, records.size());
  uint64_t offset = 0;
  for (size_t i = 0; i < records.size(); i++) {
    const Record& record = records[i];
    std::memcpy(data.Data() + offset, producer_ + page_ + (record.start & (size_ - 1)), record.length);
    offset += record.length;
    lengths[i] = record.length;
    ends[i] = static_cast<double>(record.end);
  }
  position_ = position;
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("bytes", data);
  answer.Set("lengths", lengths);
  answer.Set("ends", ends);
  answer.Set("position", Napi::Number::New(env, static_cast<double>(position)));
  return answer;
}

Napi::Value NativeRingBuffer::Commit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber()) ThrowArgument(env, "position must be a number");
  const double value = info[0].As<Napi::Number>().DoubleValue();
  if (!(value >= static_cast<double>(committed_) && value <= static_cast<double>(position_))) {
    ThrowArgument(env, "position must lie between what was committed and what was read");
  }
  if (fd_ < 0) return Napi::Number::New(env, -EBADF);
  committed_ = static_cast<uint64_t>(value);
  reinterpret_cast<std::atomic<unsigned long>*>(consumer_)->store(committed_, std::memory_order_release);
  return Napi::Number::New(env, 0);
}

Napi::Value NativeRingBuffer::Close(const Napi::CallbackInfo& info) {
  Stop();
  return info.Env().Undefined();
}

}  // namespace bpf_maps
