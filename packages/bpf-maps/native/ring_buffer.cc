#include "ring_buffer.h"

#include <sys/epoll.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "making.h"
#include "map.h"

namespace bpf_maps {
namespace {

// include/uapi/linux/bpf.h: BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT.
constexpr uint32_t kBusy = 1U << 31;
constexpr uint32_t kDiscard = 1U << 30;

uint64_t Load(const RingPosition& position) { return position.load(std::memory_order_acquire); }

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
  const int opened = ring_.Open(fd, RingMemory::Role::kConsumer);
  if (opened < 0) return opened;
  committed_ = position_ = chunk_ = chunk_end_ = Load(ring_.consumed());
  const int started = thread_.Start(env, on_readable, "bpf ring buffer", [this] { return OnReadable(); });
  return started < 0 ? started : thread_.Watch(ring_.fd(), 0);
}

void NativeRingBuffer::Stop() {
  thread_.Stop();
  ring_.Close();
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

int NativeRingBuffer::Rearm() { return thread_.Modify(ring_.fd(), EPOLLIN | EPOLLONESHOT); }

EpollThread::Next NativeRingBuffer::OnReadable() {
  if (!HeadIsBusy()) return EpollThread::Next::kCall;
  // A record that a program has reserved but not yet committed makes the ring readable, though there is
  // nothing to read; that lasts as long as the program runs.
  const timespec pause = {0, 50 * 1000};
  nanosleep(&pause, nullptr);
  return Rearm() == 0 ? EpollThread::Next::kWait : EpollThread::Next::kEnd;
}

uint32_t NativeRingBuffer::Header(uint64_t position) const {
  return reinterpret_cast<const std::atomic<uint32_t>*>(ring_.At(position))->load(std::memory_order_acquire);
}

bool NativeRingBuffer::HeadIsBusy() const {
  const uint64_t head = Load(ring_.consumed());
  if (head % 8 != 0 || head >= Load(ring_.produced())) return false;
  return (Header(head) & kBusy) != 0;
}

Napi::Value NativeRingBuffer::Arm(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!ring_.is_open()) return Napi::Number::New(env, -EBADF);
  thread_.KeepAlive(env, info[0].ToBoolean().Value());
  return Napi::Number::New(env, Rearm());
}

Napi::Value NativeRingBuffer::Disarm(const Napi::CallbackInfo& info) {
  thread_.KeepAlive(info.Env(), false);
  return info.Env().Undefined();
}

bool NativeRingBuffer::GiveBack(uint64_t position) {
  // Nobody else may have moved it.
  if (Load(ring_.consumed()) != committed_) return false;
  if (position == committed_) return true;
  committed_ = position;
  ring_.consumed().store(committed_, std::memory_order_release);
  return true;
}

Napi::Value NativeRingBuffer::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t room = 0;
  uint8_t* bytes = BytesArgument(info, 0, "bytes", &room);
  uint64_t max_records = UINT64_MAX;
  uint32_t* offsets = WordsArgument(info, 1, "offsets", &max_records);
  uint32_t* lengths = WordsArgument(info, 2, "lengths", &max_records);
  if (!ring_.is_open()) return Napi::Number::New(env, -EBADF);

  uint64_t start = position_;
  uint64_t position = start;
  uint64_t end = start;
  const uint64_t produced = Load(ring_.produced());
  if (!GiveBack(position) || position % 8 != 0 || produced - position > ring_.size()) {
    return Napi::Number::New(env, -EIO);
  }
  uint64_t count = 0;
  while (position < produced && count < max_records) {
    // What the producer wrote before it cleared the busy bit is seen, too: so headers first, then the copy.
    const uint32_t header = Header(position);
    if ((header & kBusy) != 0) break;
    const uint32_t length = header & ~kDiscard;
    const uint64_t next = position + RecordBytes(length);
    // Only another process that moved the consumer position can bring this about.
    if (next > produced) return Napi::Number::New(env, -EIO);
    if ((header & kDiscard) == 0) {
      if (next - start > room) {
        if (count > 0) break;
        GiveBack(position_ = start);
        lengths[0] = static_cast<uint32_t>(next - start);
        return Napi::Number::New(env, -EMSGSIZE);
      }
      offsets[count] = static_cast<uint32_t>(position + kRecordHeader - start);
      lengths[count] = length;
      count++;
      end = next;
    } else if (count == 0) {
      start = end = next;
    }
    position = next;
  }
  if (count > 0) std::memcpy(bytes, ring_.At(start), end - start);
  chunk_ = start;
  chunk_end_ = end;
  position_ = position;
  // Only records that their producer discarded: nobody needs to see them.
  if (count == 0) GiveBack(position);
  return Napi::Number::New(env, static_cast<double>(count));
}

Napi::Value NativeRingBuffer::Commit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint64_t position = chunk_ + (Uint32Argument(info, 0, "bytes") + UINT64_C(7)) / 8 * 8;
  if (!ring_.is_open()) return Napi::Number::New(env, -EBADF);
  if (position > chunk_end_) ThrowArgument(env, "bytes must be no more than what was read");
  if (position < committed_) return Napi::Number::New(env, 0);
  return Napi::Number::New(env, GiveBack(position == chunk_end_ ? position_ : position) ? 0 : -EIO);
}

Napi::Value NativeRingBuffer::Pending(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!ring_.is_open()) return Napi::Number::New(env, -EBADF);
  const uint64_t pending = Load(ring_.produced()) - committed_;
  return Napi::Number::New(env, pending > ring_.size() ? -EIO : static_cast<double>(pending));
}

Napi::Value NativeRingBuffer::Close(const Napi::CallbackInfo& info) {
  Stop();
  return info.Env().Undefined();
}

}  // namespace bpf_maps
