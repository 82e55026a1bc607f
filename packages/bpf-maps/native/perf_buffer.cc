#include "perf_buffer.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "bpf_syscall.h"
#include "making.h"
#include "map.h"
#include "map_handle.h"

namespace bpf_maps {
namespace {

uint64_t* Counter(uint8_t* memory, size_t offset) { return reinterpret_cast<uint64_t*>(memory + offset); }

uint64_t Head(uint8_t* memory) {
  return __atomic_load_n(Counter(memory, offsetof(perf_event_mmap_page, data_head)), __ATOMIC_ACQUIRE);
}

uint64_t* Tail(uint8_t* memory) { return Counter(memory, offsetof(perf_event_mmap_page, data_tail)); }

}  // namespace

Napi::Function NativePerfBuffer::Define(Napi::Env env) {
  return DefineClass(env, "NativePerfBuffer",
                     {
                         InstanceMethod<&NativePerfBuffer::Read>("read"),
                         InstanceMethod<&NativePerfBuffer::Lost>("lost"),
                         InstanceMethod<&NativePerfBuffer::Arm>("arm"),
                         InstanceMethod<&NativePerfBuffer::Disarm>("disarm"),
                         InstanceMethod<&NativePerfBuffer::Close>("close"),
                     });
}

NativePerfBuffer::NativePerfBuffer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativePerfBuffer>(info) {
  int& result = Making<int>::Take(info.Env(), "NativePerfBuffer", "openPerfBuffer");
  const int fd = FdArgument(info, 0, "fd");
  const uint32_t pages = Uint32Argument(info, 1, "pages");
  if (!info[2].IsFunction()) ThrowArgument(info.Env(), "onReadable must be a function");
  result = Start(info.Env(), fd, pages, info[2].As<Napi::Function>());
  if (result < 0) Stop();
}

NativePerfBuffer::~NativePerfBuffer() { Stop(); }

Napi::Value NativePerfBuffer::Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* data = env.GetInstanceData<AddonData>();
  int result = 0;
  const Making making(&result);
  Napi::Object object = data->perf_buffer_constructor.New(
      {info[0], info[1], info[2]});
  if (result < 0) return Napi::Number::New(env, result);
  return object;
}

int NativePerfBuffer::OpenRing(uint32_t cpu, uint32_t pages) {
  perf_event_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.size = sizeof(attr);
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_BPF_OUTPUT;
  attr.sample_type = PERF_SAMPLE_RAW;
  attr.sample_period = 1;
  attr.wakeup_events = 1;
  const int fd = static_cast<int>(
      syscall(__NR_perf_event_open, &attr, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC));
  if (fd < 0) return -errno;
  void* memory = mmap(nullptr, (pages + 1ULL) * page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    const int error = -errno;
    close(fd);
    return error;
  }
  rings_.push_back({cpu, fd, static_cast<uint8_t*>(memory)});
  const int result = UpdateElement(map_, &cpu, &fd, 0);
  if (result < 0) return result;
  return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0 ? -errno : 0;
}

int NativePerfBuffer::Start(Napi::Env env, int fd, uint32_t pages, Napi::Function on_readable) {
  if (pages == 0 || (pages & (pages - 1)) != 0 || pages > (1U << 20)) return -EINVAL;
  // The kernel takes an event out of the map when the file that put it in is closed: so the map's file stays open.
  map_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (map_ < 0) return -errno;
  descriptor_ = std::make_unique<Descriptor>(map_);
  MapInfo map;
  const int result = GetMapInfo(map_, &map);
  if (result < 0) return result;
  if (map.type != kPerfEventArray || map.key_size != sizeof(uint32_t) || map.value_size != sizeof(uint32_t)) {
    return -EINVAL;
  }
  page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_ = static_cast<uint64_t>(pages) * page_;
  const uint32_t cpus = std::min(PossibleCpus(), map.max_entries);
  for (uint32_t cpu = 0; cpu < cpus; cpu++) {
    const int opened = OpenRing(cpu, pages);
    // A CPU that is offline has no events.
    if (opened < 0 && opened != -ENODEV) return opened;
  }
  if (rings_.empty()) return -ENODEV;
  std::vector<int> fds;
  for (const Ring& ring : rings_) fds.push_back(ring.fd);
  return readiness_.Start(env, on_readable, fds, EPOLLIN);
}

void NativePerfBuffer::Stop() {
  readiness_.Stop();
  for (const Ring& ring : rings_) {
    DeleteElement(map_, &ring.cpu);
    munmap(ring.memory, page_ + size_);
    close(ring.fd);
  }
  rings_.clear();
  descriptor_.reset();
  map_ = -1;
}

const uint8_t* NativePerfBuffer::At(const Ring& ring, uint64_t position) const {
  return ring.memory + page_ + (position & (size_ - 1));
}

void NativePerfBuffer::CopyOut(const Ring& ring, uint64_t position, void* to, size_t length) const {
  const size_t first = std::min<uint64_t>(length, size_ - (position & (size_ - 1)));
  std::memcpy(to, At(ring, position), first);
  std::memcpy(static_cast<uint8_t*>(to) + first, ring.memory + page_, length - first);
}

Napi::Value NativePerfBuffer::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t room = 0;
  uint8_t* bytes = BytesArgument(info, 0, "bytes", &room);
  uint64_t max_records = UINT64_MAX;
  uint32_t* offsets = WordsArgument(info, 1, "offsets", &max_records);
  uint32_t* lengths = WordsArgument(info, 2, "lengths", &max_records);
  uint32_t* cpus = WordsArgument(info, 3, "cpus", &max_records);
  if (rings_.empty()) return Napi::Number::New(env, -EBADF);
  uint64_t count = 0;
  uint64_t used = 0;
  int result = 0;
  // Each time another ring is first, so that a busy CPU does not keep the others from being read.
  for (size_t i = 0; i < rings_.size() && result == 0 && count < max_records; i++) {
    const Ring& ring = rings_[(next_ + i) % rings_.size()];
    uint64_t position = *Tail(ring.memory);
    const uint64_t head = Head(ring.memory);
    while (position < head && count < max_records) {
      // A header and what follows in the same 8 bytes lie in one piece: records begin at multiples of 8.
      perf_event_header header;
      std::memcpy(&header, At(ring, position), sizeof(header));
      const uint64_t body = position + sizeof(header);
      const size_t length = header.size - sizeof(header);
      // Whatever writes to the rings besides the kernel, nothing is read past them.
      if (header.size < sizeof(header) || header.size % 8 != 0 || header.size > head - position ||
          header.size > size_) {
        result = -EIO;
        break;
      }
      if (header.type == PERF_RECORD_SAMPLE && length >= sizeof(uint32_t)) {
        uint32_t raw = 0;
        std::memcpy(&raw, At(ring, body), sizeof(raw));
        if (raw > length - sizeof(raw)) {
          result = -EIO;
          break;
        }
        if (used + raw > room) {
          result = -EMSGSIZE;
          if (count == 0) lengths[0] = raw;
          break;
        }
        CopyOut(ring, body + sizeof(raw), bytes + used, raw);
        offsets[count] = static_cast<uint32_t>(used);
        lengths[count] = raw;
        cpus[count] = ring.cpu;
        count++;
        used = (used + raw + 7) / 8 * 8;
      } else if (header.type == PERF_RECORD_LOST && length >= 2 * sizeof(uint64_t)) {
        uint64_t dropped = 0;
        std::memcpy(&dropped, At(ring, body + sizeof(uint64_t)), sizeof(dropped));
        lost_ += dropped;
      }
      position += header.size;
    }
    __atomic_store_n(Tail(ring.memory), position, __ATOMIC_RELEASE);
  }
  next_ = (next_ + 1) % rings_.size();
  // What was read before the trouble is delivered before it is told.
  return Napi::Number::New(env, count > 0 ? static_cast<double>(count) : result);
}

Napi::Value NativePerfBuffer::Lost(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(lost_));
}

Napi::Value NativePerfBuffer::Arm(const Napi::CallbackInfo& info) {
  readiness_.Arm(info.Env(), info[0].ToBoolean().Value());
  const bool ready = std::any_of(rings_.begin(), rings_.end(),
                                 [](const Ring& ring) { return *Tail(ring.memory) != Head(ring.memory); });
  return Napi::Number::New(info.Env(), ready ? 1 : 0);
}

Napi::Value NativePerfBuffer::Disarm(const Napi::CallbackInfo& info) {
  readiness_.Disarm(info.Env());
  return info.Env().Undefined();
}

Napi::Value NativePerfBuffer::Close(const Napi::CallbackInfo& info) {
  Stop();
  return info.Env().Undefined();
}

}  // namespace bpf_maps
