// SPDX-License-Identifier: Apache-2.0
// Programs and pins: describing, pinning, opening, and BPF_PROG_TEST_RUN.
#include <bpf/bpf.h>
#include <sys/file.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "bpf_syscall.h"
#include "error.h"
#include "exports.h"

namespace {

// programInfo(id): { id, name }, or undefined when it is gone
Napi::Value ProgramInfo(const Napi::CallbackInfo& info) {
  int fd = BpfProgramById(Uint32Argument(info, 0, "id"));
  if (fd == -ENOENT) return info.Env().Undefined();
  if (fd < 0) throw SystemError(info.Env(), -fd, "open a program by id");
  bpf_prog_info program{};
  uint32_t length = sizeof(program);
  int result = bpf_obj_get_info_by_fd(fd, &program, &length);
  close(fd);
  if (result < 0) throw SystemError(info.Env(), -result, "describe a program");
  Napi::Object object = Napi::Object::New(info.Env());
  object["id"] = Napi::Number::New(info.Env(), program.id);
  object["name"] = Napi::String::New(info.Env(), program.name);
  return object;
}

// pin(fd, path)
void Pin(const Napi::CallbackInfo& info) {
  std::string path = StringArgument(info, 1, "path");
  int result = BpfObjectPin(FdArgument(info, 0, "fd"), path);
  if (result < 0) throw SystemError(info.Env(), -result, "pin at " + path);
}

// openPinned(path): fd
Napi::Value OpenPinned(const Napi::CallbackInfo& info) {
  std::string path = StringArgument(info, 0, "path");
  int fd = BpfObjectGet(path);
  if (fd < 0) throw SystemError(info.Env(), -fd, "open " + path);
  return Napi::Number::New(info.Env(), fd);
}

// closeFd(fd)
void CloseFd(const Napi::CallbackInfo& info) { close(FdArgument(info, 0, "fd")); }

// lockDirectory(path): fd that holds the lock, or -1 when another process holds it
Napi::Value LockDirectory(const Napi::CallbackInfo& info) {
  std::string path = StringArgument(info, 0, "path");
  int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw SystemError(info.Env(), errno, "open " + path);
  if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
    int error = errno;
    close(fd);
    if (error == EWOULDBLOCK) return Napi::Number::New(info.Env(), -1);
    throw SystemError(info.Env(), error, "lock " + path);
  }
  return Napi::Number::New(info.Env(), fd);
}

// testRun(program, data, context: Buffer | undefined, repeat, flags = 0): { verdict, data, context, nanoseconds }
// `nanoseconds` is the mean of one run (BPF_PROG_TEST_RUN's duration).
Napi::Value TestRun(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int program = FdArgument(info, 0, "program");
  Napi::Buffer<uint8_t> data = BufferArgument(info, 1, "data");
  std::vector<uint8_t> data_out(65536), context_out;
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = data.Data();
  options.data_size_in = data.Length();
  options.data_out = data_out.data();
  options.data_size_out = data_out.size();
  options.repeat = static_cast<int>(Uint32Argument(info, 3, "repeat"));
  if (!info[4].IsUndefined()) options.flags = Uint32Argument(info, 4, "flags");
  if (!info[2].IsUndefined()) {
    Napi::Buffer<uint8_t> context = BufferArgument(info, 2, "context");
    context_out.resize(context.Length());
    options.ctx_in = context.Data();
    options.ctx_size_in = context.Length();
    options.ctx_out = context_out.data();
    options.ctx_size_out = context_out.size();
  }
  int result = bpf_prog_test_run_opts(program, &options);
  if (result < 0) throw SystemError(env, -result, "test run");
  Napi::Object object = Napi::Object::New(env);
  object["verdict"] = Napi::Number::New(env, static_cast<int32_t>(options.retval));
  object["data"] = Napi::Buffer<uint8_t>::Copy(env, data_out.data(), options.data_size_out);
  object["context"] = Napi::Buffer<uint8_t>::Copy(env, context_out.data(), context_out.size());
  object["nanoseconds"] = Napi::Number::New(env, options.duration);
  return object;
}

}  // namespace

void ExportProgram(Napi::Env env, Napi::Object exports) {
  exports["programInfo"] = Napi::Function::New(env, ProgramInfo);
  exports["pin"] = Napi::Function::New(env, Pin);
  exports["openPinned"] = Napi::Function::New(env, OpenPinned);
  exports["closeFd"] = Napi::Function::New(env, CloseFd);
  exports["lockDirectory"] = Napi::Function::New(env, LockDirectory);
  exports["testRun"] = Napi::Function::New(env, TestRun);
}
