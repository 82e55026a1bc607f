#include "map.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "external_memory.h"
#include "making.h"
#include "mapped_memory.h"

namespace bpf_maps {
namespace {

Napi::Value Result(Napi::Env env, int result) { return Napi::Number::New(env, result); }

// The second argument, if it is there.
uint32_t OpenFlags(const Napi::CallbackInfo& info) {
  return info[1].IsUndefined() ? 0 : Uint32Argument(info, 1, "flags");
}

}  // namespace

Napi::Function NativeMap::Define(Napi::Env env) {
  return DefineClass(env, "NativeMap",
                     {
                         InstanceMethod<&NativeMap::Info>("info"),
                         InstanceMethod<&NativeMap::Scratch>("scratch"),
                         InstanceMethod<&NativeMap::Slot>("slot"),
                         InstanceMethod<&NativeMap::LookupMany>("lookupMany"),
                         InstanceMethod<&NativeMap::TakeMany>("takeMany"),
                         InstanceMethod<&NativeMap::UpdateMany>("updateMany"),
                         InstanceMethod<&NativeMap::DeleteMany>("deleteMany"),
                         InstanceMethod<&NativeMap::RunMany>("runMany"),
                         InstanceMethod<&NativeMap::OpenCursor>("openCursor"),
                         InstanceMethod<&NativeMap::MapMemory>("mapMemory"),
                         InstanceMethod<&NativeMap::Pin>("pin"),
                         InstanceMethod<&NativeMap::Freeze>("freeze"),
                         InstanceMethod<&NativeMap::Close>("close"),
                         InstanceMethod<&NativeMap::Release>("release"),
                     });
}

Napi::Value NativeMap::Wrap(Napi::Env env, int fd, bool close_on_failure) {
  if (fd < 0) return Result(env, fd);
  int error = 0;
  std::shared_ptr<MapHandle> handle = MapHandle::Adopt(fd, &error);
  if (handle == nullptr) {
    if (close_on_failure) close(fd);
    return Result(env, error);
  }
  auto* data = env.GetInstanceData<AddonData>();
  const Making making(&handle);
  return data->map_constructor.New({});
}

Napi::Value NativeMap::OpenPinned(const Napi::CallbackInfo& info) {
  const std::string path = StringArgument(info, 0, "path");
  return Wrap(info.Env(), GetPinned(path, OpenFlags(info)), true);
}

Napi::Value NativeMap::OpenById(const Napi::CallbackInfo& info) {
  const uint32_t id = Uint32Argument(info, 0, "id");
  return Wrap(info.Env(), GetMapById(id, OpenFlags(info)), true);
}

Napi::Value NativeMap::AdoptFd(const Napi::CallbackInfo& info) {
  const int fd = FdArgument(info, 0, "fd");
  if (MapHandle::IsOwned(fd)) return Result(info.Env(), -EBUSY);
  return Wrap(info.Env(), fd, false);
}

Napi::Value NativeMap::NextMapId(const Napi::CallbackInfo& info) {
  uint32_t next = 0;
  const int result = GetNextMapId(Uint32Argument(info, 0, "id"), &next);
  if (result < 0) return Result(info.Env(), result);
  return Napi::Number::New(info.Env(), next);
}

Napi::Value NativeMap::LoadBtf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  BtfInfo btf;
  const int result = GetBtf(Uint32Argument(info, 0, "id"), &btf);
  if (result < 0) return Result(env, result);
  Napi::Uint8Array data = Napi::Uint8Array::New(env, btf.data.size());
  std::copy(btf.data.begin(), btf.data.end(), data.Data());
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("data", data);
  answer.Set("name", Napi::String::New(env, btf.name));
  answer.Set("kernel", Napi::Boolean::New(env, btf.kernel));
  return answer;
}

NativeMap::NativeMap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeMap>(info) {
  handle_ = Making<std::shared_ptr<MapHandle>>::Take(info.Env(), "NativeMap", "createMap or open");
  elements_ = info.Env().GetInstanceData<AddonData>()->elements;
}

NativeMap::~NativeMap() {
  if (element_ != nullptr) elements_->Remove(slot_);
}

Element& NativeMap::element() {
  if (element_ == nullptr) {
    element_ = std::make_unique<Element>(handle_);
    slot_ = elements_->Add(element_.get());
  }
  return *element_;
}

Napi::Value NativeMap::Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const MapInfo& map = handle_->info();
  Napi::Object result = Napi::Object::New(env);
  result.Set("fd", Napi::Number::New(env, handle_->fd()));
  result.Set("type", Napi::Number::New(env, map.type));
  result.Set("id", Napi::Number::New(env, map.id));
  result.Set("keySize", Napi::Number::New(env, map.key_size));
  result.Set("valueSize", Napi::Number::New(env, map.value_size));
  result.Set("maxEntries", Napi::Number::New(env, map.max_entries));
  result.Set("flags", Napi::Number::New(env, map.flags));
  result.Set("name", Napi::String::New(env, map.name));
  result.Set("mapExtra", Napi::BigInt::New(env, map.map_extra));
  result.Set("ifindex", Napi::Number::New(env, map.ifindex));
  result.Set("btfId", Napi::Number::New(env, map.btf_id));
  result.Set("btfKeyTypeId", Napi::Number::New(env, map.btf_key_type_id));
  result.Set("btfValueTypeId", Napi::Number::New(env, map.btf_value_type_id));
  result.Set("btfVmlinuxId", Napi::Number::New(env, map.btf_vmlinux_id));
  result.Set("btfVmlinuxValueTypeId", Napi::Number::New(env, map.btf_vmlinux_value_type_id));
  result.Set("valueOffset", Napi::Number::New(env, static_cast<double>(Element::ValueOffset(*handle_))));
  result.Set("valueBytes", Napi::Number::New(env, static_cast<double>(handle_->value_bytes())));
  result.Set("hasElements", Napi::Boolean::New(env, handle_->has_elements()));
  result.Set("perCpu", Napi::Boolean::New(env, handle_->per_cpu()));
  return result;
}

Napi::Value NativeMap::Scratch(const Napi::CallbackInfo& info) {
  // Some bytes, if it is left to others at the end of the environment.
  return ExternalMemory(info.Env(), element().memory(), element().bytes());
}

Napi::Value NativeMap::Slot(const Napi::CallbackInfo& info) {
  element();
  return Napi::Number::New(info.Env(), slot_);
}

Napi::Value NativeMap::OpenCursor(const Napi::CallbackInfo& info) {
  auto* data = info.Env().GetInstanceData<AddonData>();
  const Making making(&handle_);
  return data->cursor_constructor.New({Napi::Boolean::New(info.Env(), info[0].ToBoolean().Value())});
}

Napi::Value NativeMap::MapMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (handle_->closed()) return Result(env, -EBADF);
  const MapInfo& map = handle_->info();
  const bool arena = map.type == kArena;
  if ((map.type != kArray && !arena) || (map.flags & kFlagMmapable) == 0) return Result(env, -EINVAL);
  // A read of a page that no program has allocated would end the process.
  if (arena && (map.flags & kFlagSegvOnFault) != 0) return Result(env, -EOPNOTSUPP);
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t bytes =
      (arena ? page : (static_cast<size_t>(map.value_size) + 7) / 8 * 8) * static_cast<size_t>(map.max_entries);
  const size_t mapped = (bytes + page - 1) / page * page;
  void* address = arena ? reinterpret_cast<void*>(static_cast<uintptr_t>(map.map_extra)) : nullptr;
  void* memory = bpf_maps::MapMemory(handle_->fd(), address, mapped);
  if (memory == MAP_FAILED) return Result(env, -errno);
  // The mapping holds the map by itself: it outlives the descriptor, until the buffer is collected.
  try {
    return ExternalMemory(env, memory, bytes, [memory, mapped](LetGo reason) { UnmapMemory(memory, mapped, reason); });
  } catch (...) {
    UnmapMemory(memory, mapped, LetGo::kUnused);
    throw;
  }
}

Napi::Value NativeMap::Pin(const Napi::CallbackInfo& info) {
  const std::string path = StringArgument(info, 0, "path");
  if (handle_->closed()) return Result(info.Env(), -EBADF);
  return Result(info.Env(), PinObject(handle_->fd(), path));
}

Napi::Value NativeMap::Freeze(const Napi::CallbackInfo& info) {
  if (handle_->closed()) return Result(info.Env(), -EBADF);
  return Result(info.Env(), bpf_maps::Freeze(handle_->fd()));
}

Napi::Value NativeMap::Close(const Napi::CallbackInfo& info) {
  handle_->Close();
  return info.Env().Undefined();
}

Napi::Value NativeMap::Release(const Napi::CallbackInfo& info) {
  handle_->Release();
  return info.Env().Undefined();
}

}  // namespace bpf_maps
