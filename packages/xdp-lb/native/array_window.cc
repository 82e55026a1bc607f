// SPDX-License-Identifier: Apache-2.0
// Parts of memory-mapped arrays. Whoever maps a whole array has all of it among its resident memory, and these are
// large; a part is mapped for as long as it is read or written.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "error.h"
#include "exports.h"

namespace {

class Window {
 public:
  Window(Napi::Env env, int fd, uint64_t offset, size_t length) {
    uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    uint64_t begin = offset / page * page;
    length_ = offset + length - begin;
    memory_ = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(begin));
    if (memory_ == MAP_FAILED) throw SystemError(env, errno, "map a part of an array");
    data_ = static_cast<uint8_t*>(memory_) + (offset - begin);
  }
  ~Window() { munmap(memory_, length_); }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  uint8_t* data() const { return data_; }

 private:
  void* memory_;
  size_t length_;
  uint8_t* data_;
};

uint64_t OffsetArgument(const Napi::CallbackInfo& info) {
  double value = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : -1;
  // Whole numbers up to 2^53, as JavaScript has them.
  if (!(value >= 0 && value <= 9007199254740991.0) || value != static_cast<double>(static_cast<uint64_t>(value)))
    throw Napi::TypeError::New(info.Env(), "offset must be a whole number of bytes");
  return static_cast<uint64_t>(value);
}

// writeArray(map, offset, bytes)
void WriteArray(const Napi::CallbackInfo& info) {
  int fd = FdArgument(info, 0, "map");
  uint64_t offset = OffsetArgument(info);
  Napi::Buffer<uint8_t> bytes = BufferArgument(info, 2, "bytes");
  if (bytes.Length() == 0) return;
  Window window(info.Env(), fd, offset, bytes.Length());
  memcpy(window.data(), bytes.Data(), bytes.Length());
}

// clearArray(map, offset, length)
void ClearArray(const Napi::CallbackInfo& info) {
  int fd = FdArgument(info, 0, "map");
  uint64_t offset = OffsetArgument(info);
  uint32_t length = Uint32Argument(info, 2, "length");
  if (length == 0) return;
  Window window(info.Env(), fd, offset, length);
  memset(window.data(), 0, length);
}

// readArray(map, offset, length): a copy
Napi::Value ReadArray(const Napi::CallbackInfo& info) {
  int fd = FdArgument(info, 0, "map");
  uint64_t offset = OffsetArgument(info);
  uint32_t length = Uint32Argument(info, 2, "length");
  if (length == 0) return Napi::Buffer<uint8_t>::New(info.Env(), 0);
  Window window(info.Env(), fd, offset, length);
  return Napi::Buffer<uint8_t>::Copy(info.Env(), window.data(), length);
}

}  // namespace

void ExportArrayWindow(Napi::Env env, Napi::Object exports) {
  exports["writeArray"] = Napi::Function::New(env, WriteArray);
  exports["clearArray"] = Napi::Function::New(env, ClearArray);
  exports["readArray"] = Napi::Function::New(env, ReadArray);
}
