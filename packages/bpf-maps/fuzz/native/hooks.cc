#include "hooks.h"

#include <linux/bpf.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "bpf_syscall.h"

// Of the sanitizer's runtime; its headers are clang's, and the compiler here is any.
extern "C" size_t __sanitizer_get_current_allocated_bytes();

namespace bpf_maps {
namespace {

uint32_t Number(const Napi::CallbackInfo& info, size_t index) {
  return info[index].As<Napi::Number>().Uint32Value();
}

// canary(kind, fd): does what must be reported, so that a fuzzer that sees nothing is not taken for a good sign.
Napi::Value Canary(const Napi::CallbackInfo& info) {
  const std::string kind = info[0].As<Napi::String>().Utf8Value();
  if (kind == "overflow") {
    const std::unique_ptr<volatile uint8_t[]> bytes(new uint8_t[8]);
    const volatile size_t end = 8;
    bytes[end] = 1;
  } else if (kind == "freed") {
    std::unique_ptr<volatile uint8_t[]> bytes(new uint8_t[8]);
    volatile uint8_t* gone = bytes.get();
    bytes.reset();
    gone[0] = 1;
  } else if (kind == "undefined") {
    volatile int32_t number = INT32_MAX;
    number = number + 1;
  } else if (kind == "leak") {
    static uint8_t* volatile leaked;
    leaked = new uint8_t[16];
  } else if (kind == "kernel") {
    // A look-up in a per-CPU map with room for one CPU.
    const uint32_t key = 0;
    const std::unique_ptr<uint8_t[]> value(new uint8_t[8]());
    LookupElement(static_cast<int>(Number(info, 1)), &key, value.get());
  }
  return info.Env().Undefined();
}

// openProgram(path): a descriptor, or a negative errno.
Napi::Value OpenProgram(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.pathname = reinterpret_cast<uintptr_t>(path.c_str());
  const long result = syscall(__NR_bpf, BPF_OBJ_GET, &attr, sizeof(attr));
  return Napi::Number::New(info.Env(), static_cast<double>(result < 0 ? -errno : result));
}

// runProgram(fd, times): runs a program of packets on a packet of zeros.
Napi::Value RunProgram(const Napi::CallbackInfo& info) {
  uint8_t packet[64] = {};
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.test.prog_fd = Number(info, 0);
  attr.test.data_in = reinterpret_cast<uintptr_t>(packet);
  attr.test.data_size_in = sizeof(packet);
  attr.test.repeat = Number(info, 1);
  const long result = syscall(__NR_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
  return Napi::Number::New(info.Env(), static_cast<double>(result < 0 ? -errno : result));
}

// limitDescriptors(count): RLIMIT_NOFILE; 0: as many as are allowed.
Napi::Value LimitDescriptors(const Napi::CallbackInfo& info) {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  const uint32_t count = Number(info, 0);
  limit.rlim_cur = count == 0 ? limit.rlim_max : count;
  return Napi::Number::New(info.Env(), setrlimit(RLIMIT_NOFILE, &limit));
}

std::atomic<uint64_t> signals{0};

// interrupt(microseconds): SIGALRM so often, to a handler that does not ask for system calls to go on; 0: no more.
// How many there were.
Napi::Value Interrupt(const Napi::CallbackInfo& info) {
  struct sigaction action;
  std::memset(&action, 0, sizeof(action));
  action.sa_handler = [](int) { signals++; };
  sigaction(SIGALRM, &action, nullptr);
  itimerval timer;
  std::memset(&timer, 0, sizeof(timer));
  timer.it_value.tv_usec = timer.it_interval.tv_usec = static_cast<suseconds_t>(Number(info, 0));
  setitimer(ITIMER_REAL, &timer, nullptr);
  return Napi::Number::New(info.Env(), static_cast<double>(signals.load()));
}

// allocatedBytes(): of malloc and new, in the whole process.
Napi::Value AllocatedBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(__sanitizer_get_current_allocated_bytes()));
}

}  // namespace

void ExportFuzzHooks(Napi::Env env, Napi::Object exports) {
  Napi::Object hooks = Napi::Object::New(env);
  hooks.Set("canary", Napi::Function::New<&Canary>(env, "canary"));
  hooks.Set("openProgram", Napi::Function::New<&OpenProgram>(env, "openProgram"));
  hooks.Set("runProgram", Napi::Function::New<&RunProgram>(env, "runProgram"));
  hooks.Set("limitDescriptors", Napi::Function::New<&LimitDescriptors>(env, "limitDescriptors"));
  hooks.Set("interrupt", Napi::Function::New<&Interrupt>(env, "interrupt"));
  hooks.Set("allocatedBytes", Napi::Function::New<&AllocatedBytes>(env, "allocatedBytes"));
  exports.Set("fuzz", hooks);
}

}  // namespace bpf_maps
