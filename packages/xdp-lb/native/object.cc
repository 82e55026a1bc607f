// SPDX-License-Identifier: Apache-2.0
// Loading a BPF object file, with the maps that it shares with others and its constants.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdarg>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "error.h"
#include "exports.h"

namespace {

// libbpf prints through one hook per process; loading is synchronous, so one log at a time is enough.
std::string* current_log = nullptr;

constexpr size_t kMaxLogLine = 16384;

int AppendLog(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (!current_log || level == LIBBPF_DEBUG) return 0;
  // The verifier's log comes as one line of megabytes, whose end says what is wrong.
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, format, arguments);
  if (length > 0) {
    std::vector<char> line(static_cast<size_t>(length) + 1);
    vsnprintf(line.data(), line.size(), format, again);
    size_t kept = std::min<size_t>(length, kMaxLogLine);
    current_log->append(line.data() + (length - kept), kept);
  }
  va_end(again);
  return length;
}

struct LogScope {
  std::string log;
  libbpf_print_fn_t previous;
  LogScope() {
    current_log = &log;
    previous = libbpf_set_print(AppendLog);
  }
  ~LogScope() {
    current_log = nullptr;
    libbpf_set_print(previous);
  }
};

using ObjectPointer = std::unique_ptr<bpf_object, decltype(&bpf_object__close)>;

// Writes `value` over the constant `name` in .rodata, whose place BTF tells.
int SetGlobal(bpf_object* object, const std::string& name, const uint8_t* value, size_t size) {
  struct btf* btf = bpf_object__btf(object);
  int section_id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -ENOENT;
  if (section_id < 0) return section_id;
  const btf_type* section = btf__type_by_id(btf, section_id);
  const btf_var_secinfo* variable = btf_var_secinfos(section);
  bpf_map* rodata = nullptr;
  bpf_map* map;
  bpf_object__for_each_map(map, object) {
    std::string map_name = bpf_map__name(map);
    if (bpf_map__is_internal(map) && map_name.size() >= 7 && map_name.rfind(".rodata") == map_name.size() - 7)
      rodata = map;
  }
  if (!rodata) return -ENOENT;
  for (int i = 0; i < btf_vlen(section); i++, variable++) {
    const btf_type* type = btf__type_by_id(btf, variable->type);
    if (name != btf__name_by_offset(btf, type->name_off)) continue;
    if (variable->size != size) return -EINVAL;
    size_t total = 0;
    const void* initial = bpf_map__initial_value(rodata, &total);
    if (!initial || variable->offset + size > total) return -EINVAL;
    std::vector<uint8_t> bytes(static_cast<const uint8_t*>(initial), static_cast<const uint8_t*>(initial) + total);
    memcpy(bytes.data() + variable->offset, value, size);
    return bpf_map__set_initial_value(rodata, bytes.data(), bytes.size());
  }
  return -ENOENT;
}

int PrepareMap(bpf_map* map, const Napi::Object& maps) {
  std::string name = bpf_map__name(map);
  if (bpf_map__is_internal(map) || !maps.Has(name)) return 0;
  Napi::Object settings = maps.Get(name).As<Napi::Object>();
  if (settings.Has("fd")) return bpf_map__reuse_fd(map, settings.Get("fd").As<Napi::Number>().Int32Value());
  if (settings.Has("maxEntries"))
    return bpf_map__set_max_entries(map, settings.Get("maxEntries").As<Napi::Number>().Uint32Value());
  return 0;
}

int Duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); }

// loadObject(elf: Buffer, maps: { [name]: { fd } | { maxEntries } }, globals: { [name]: Buffer }):
//   { maps: { [name]: fd }, programs: { [name]: fd } }. The caller owns the file descriptors.
Napi::Value LoadObject(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Buffer<uint8_t> elf = BufferArgument(info, 0, "elf");
  if (!info[1].IsObject() || !info[2].IsObject())
    throw Napi::TypeError::New(env, "maps and globals must be objects");
  Napi::Object map_settings = info[1].As<Napi::Object>();
  Napi::Object globals = info[2].As<Napi::Object>();

  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  LogScope scope;
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "blixt");
  bpf_object* raw = bpf_object__open_mem(elf.Data(), elf.Length(), &options);
  if (!raw) throw SystemError(env, errno, "open BPF object", scope.log);
  ObjectPointer object(raw, bpf_object__close);

  Napi::Array names = globals.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); i++) {
    std::string name = names.Get(i).ToString();
    if (!globals.Get(name).IsBuffer()) throw Napi::TypeError::New(env, "globals." + name + " must be a Buffer");
    Napi::Buffer<uint8_t> value = globals.Get(name).As<Napi::Buffer<uint8_t>>();
    int result = SetGlobal(object.get(), name, value.Data(), value.Length());
    if (result < 0) throw SystemError(env, -result, "set constant " + name, scope.log);
  }
  bpf_map* map;
  bpf_object__for_each_map(map, object.get()) {
    int result = PrepareMap(map, map_settings);
    if (result < 0) throw SystemError(env, -result, std::string("prepare map ") + bpf_map__name(map), scope.log);
  }
  int result = bpf_object__load(object.get());
  if (result < 0) throw SystemError(env, -result, "load BPF object", scope.log);

  Napi::Object maps = Napi::Object::New(env);
  bpf_object__for_each_map(map, object.get()) {
    if (bpf_map__is_internal(map)) continue;
    int fd = Duplicate(bpf_map__fd(map));
    if (fd < 0) throw SystemError(env, errno, "duplicate map");
    maps.Set(bpf_map__name(map), Napi::Number::New(env, fd));
  }
  Napi::Object programs = Napi::Object::New(env);
  bpf_program* program;
  bpf_object__for_each_program(program, object.get()) {
    int fd = Duplicate(bpf_program__fd(program));
    if (fd < 0) throw SystemError(env, errno, "duplicate program");
    programs.Set(bpf_program__name(program), Napi::Number::New(env, fd));
  }
  Napi::Object loaded = Napi::Object::New(env);
  loaded["maps"] = maps;
  loaded["programs"] = programs;
  return loaded;
}

}  // namespace

void ExportObject(Napi::Env env, Napi::Object exports) {
  exports["loadObject"] = Napi::Function::New(env, LoadObject);
}
