#include "ring_buffer.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <vector>

#include "arguments.h"
#include "making.h"
#include "map.h"

namespace bpf_maps {
namespace {

// include/uapi/linux/bpf.h: BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT, BPF_RINGBUF_HDR_SZ.
constexpr uint32_t kBusy = 1U << 31;
constexpr uint32_t kDiscard = 1U << 30;
constexpr uint64_t kHeader = 8;

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
  int& result = Making<int>::Take(info.Env(), "NativeRingBuffer", "openRingBuffer");
  const int fd = FdArgument(info, 0, "fd");
  if (!info[1].IsFunction()) ThrowArgument(info.Env(), "onReadable must be a function");
  result = Start(info.Env(), fd, info[1].As<Napi::Function>());
  if (result < 0) Stop();
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

  const int started = thread_.Start(env, on_readable, "bpf ring buffer", [this] { return OnReadable(); });
  return started < 0 ? started : thread_.Watch(fd_, 0);
}

void NativeRingBuffer::Stop() {
  thread_.Stop();
  if (consumer_ != nullptr) munmap(consumer_, page_);
  if (producer_ != nullptr) munmap(producer_, page_ + 2 * size_);
  consumer_ = producer_ = nullptr;
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
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
  const Making making(&result);
  Napi::Object object =
      data->ring_buffer_constructor.New({info[0], info[1]});
  if (result < 0) return Napi::Number::New(env, result);
  return object;
}

int NativeRingBuffer::Rearm() { return thread_.Modify(fd_, EPOLLIN | EPOLLONESHOT); }

EpollThread::Next NativeRingBuffer::OnReadable() {
  if (!HeadIsBusy()) return EpollThread::Next::kCall;
  // A record that a program has reserved but not yet committed makes the ring readable, though there is
  // nothing to read; that lasts as long as the program runs.
  const timespec pause = {0, 50 * 1000};
  nanosleep(&pause, nullptr);
  return Rearm() == 0 ? EpollThread::Next::kWait : EpollThread::Next::kEnd;
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
  thread_.KeepAlive(env, info[0].ToBoolean().Value());
  return Napi::Number::New(env, Rearm());
}

Napi::Value NativeRingBuffer::Disarm(const Napi::CallbackInfo& info) {
  thread_.KeepAlive(info.Env(), false);
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
