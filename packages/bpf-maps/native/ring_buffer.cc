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

#include "arguments.h"
#include "making.h"
#include "map.h"

namespace bpf_maps {
namespace {

// include/uapi/linux/bpf.h: BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT, BPF_RINGBUF_HDR_SZ.
constexpr uint32_t kBusy = 1U << 31;
constexpr uint32_t kDiscard = 1U << 30;
constexpr uint64_t kHeader = 8;

uint64_t RoundUp8(uint64_t length) { return (length + 7) / 8 * 8; }


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
                         InstanceMethod<&NativeRingBuffer::Pending>("pending"),
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
  committed_ = position_ = chunk_ = chunk_end_ = Load(consumer_);

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

bool NativeRingBuffer::GiveBack(uint64_t position) {
  // Nobody else may have moved it.
  if (Load(consumer_) != committed_) return false;
  if (position == committed_) return true;
  committed_ = position;
  reinterpret_cast<std::atomic<unsigned long>*>(consumer_)->store(committed_, std::memory_order_release);
  return true;
}

Napi::Value NativeRingBuffer::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t room = 0;
  uint8_t* bytes = BytesArgument(info, 0, "bytes", &room);
  uint64_t max_records = UINT64_MAX;
  uint32_t* offsets = WordsArgument(info, 1, "offsets", &max_records);
  uint32_t* lengths = WordsArgument(info, 2, "lengths", &max_records);
  if (fd_ < 0) return Napi::Number::New(env, -EBADF);

  uint64_t start = position_;
  uint64_t position = start;
  uint64_t end = start;
  const uint64_t produced = Load(producer_);
  if (!GiveBack(position) || position % kHeader != 0 || produced - position > size_) {
    return Napi::Number::New(env, -EIO);
  }
  uint64_t count = 0;
  while (position < produced && count < max_records) {
    // What the producer wrote before it cleared the busy bit is seen, too: so headers first, then the copy.
    const uint32_t header = Header(position)->load(std::memory_order_acquire);
    if ((header & kBusy) != 0) break;
    const uint32_t length = header & ~kDiscard;
    const uint64_t next = position + RoundUp8(length + kHeader);
    // Only another process that moved the consumer position can bring this about.
    if (next > produced) return Napi::Number::New(env, -EIO);
    if ((header & kDiscard) == 0) {
      if (next - start > room) {
        if (count > 0) break;
        GiveBack(position_ = start);
        lengths[0] = static_cast<uint32_t>(next - start);
        return Napi::Number::New(env, -EMSGSIZE);
      }
      offsets[count] = static_cast<uint32_t>(position + kHeader - start);
      lengths[count] = length;
      count++;
      end = next;
    } else if (count == 0) {
      start = end = next;
    }
    position = next;
  }
  if (count > 0) std::memcpy(bytes, producer_ + page_ + (start & (size_ - 1)), end - start);
  chunk_ = start;
  chunk_end_ = end;
  position_ = position;
  // Only records that their producer discarded: nobody needs to see them.
  if (count == 0) GiveBack(position);
  return Napi::Number::New(env, static_cast<double>(count));
}

Napi::Value NativeRingBuffer::Commit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint64_t position = chunk_ + RoundUp8(Uint32Argument(info, 0, "bytes"));
  if (fd_ < 0) return Napi::Number::New(env, -EBADF);
  if (position > chunk_end_) ThrowArgument(env, "bytes must be no more than what was read");
  if (position < committed_) return Napi::Number::New(env, 0);
  return Napi::Number::New(env, GiveBack(position == chunk_end_ ? position_ : position) ? 0 : -EIO);
}

Napi::Value NativeRingBuffer::Pending(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (fd_ < 0) return Napi::Number::New(env, -EBADF);
  const uint64_t pending = Load(producer_) - committed_;
  return Napi::Number::New(env, pending > size_ ? -EIO : static_cast<double>(pending));
}

Napi::Value NativeRingBuffer::Close(const Napi::CallbackInfo& info) {
  Stop();
  return info.Env().Undefined();
}

}  // namespace bpf_maps
