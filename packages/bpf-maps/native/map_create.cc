#include "map_create.h"

#include <algorithm>
#include <cmath>

#include "arguments.h"
#include "bpf_syscall.h"
#include "lent_descriptors.h"
#include "map.h"

namespace bpf_maps {
namespace {

// The properties of the first argument.
class Options {
 public:
  explicit Options(const Napi::CallbackInfo& info) : env_(info.Env()) {
    if (!info[0].IsObject()) ThrowArgument(env_, "createMap needs an object");
    object_ = info[0].As<Napi::Object>();
  }

  uint32_t Number(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (value.IsUndefined()) return 0;
    if (value.IsNumber()) {
      const double number = value.As<Napi::Number>().DoubleValue();
      if (number >= 0 && number <= UINT32_MAX && std::floor(number) == number) {
        return static_cast<uint32_t>(number);
      }
    }
    ThrowArgument(env_, std::string(name) + " must be an integer from 0 to 4294967295");
  }

  int Descriptor(const char* name) const {
    const uint32_t number = Number(name);
    if (number > INT32_MAX) ThrowArgument(env_, std::string(name) + " must be a file descriptor");
    return static_cast<int>(number);
  }

  uint64_t Big(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (value.IsUndefined()) return 0;
    bool lossless = false;
    if (value.IsBigInt()) {
      const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
      if (lossless) return number;
    }
    ThrowArgument(env_, std::string(name) + " must be a bigint of 64 bits");
  }

  std::string Text(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (value.IsUndefined()) return "";
    if (!value.IsString()) ThrowArgument(env_, std::string(name) + " must be a string");
    return value.As<Napi::String>().Utf8Value();
  }

  std::vector<uint8_t> Bytes(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (value.IsUndefined()) return {};
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      ThrowArgument(env_, std::string(name) + " must be a Uint8Array");
    }
    const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
    std::vector<uint8_t> copy(bytes.ByteLength());
    std::copy_n(bytes.Data(), copy.size(), copy.begin());
    return copy;
  }

 private:
  Napi::Env env_;
  Napi::Object object_;
};

}  // namespace

Napi::Value CreateMapFrom(const Napi::CallbackInfo& info) {
  const Options options(info);
  MapSpec spec;
  spec.type = options.Number("type");
  spec.key_size = options.Number("keySize");
  spec.value_size = options.Number("valueSize");
  spec.max_entries = options.Number("maxEntries");
  spec.flags = options.Number("flags");
  spec.inner_map_fd = options.Descriptor("innerMapFd");
  spec.name = options.Text("name");
  spec.numa_node = options.Number("numaNode");
  spec.ifindex = options.Number("ifindex");
  spec.btf_fd = options.Descriptor("btfFd");
  spec.btf_key_type_id = options.Number("btfKeyTypeId");
  spec.btf_value_type_id = options.Number("btfValueTypeId");
  spec.btf_vmlinux_value_type_id = options.Number("btfVmlinuxValueTypeId");
  spec.map_extra = options.Big("mapExtra");
  spec.value_type_btf_obj_fd = options.Descriptor("valueTypeBtfObjFd");
  spec.token_fd = options.Descriptor("tokenFd");
  spec.exclusive_program_hash = options.Bytes("exclusiveProgramHash");
  return NativeMap::Wrap(info.Env(), CreateMap(spec), true);
}

Napi::Value AddBtf(const Napi::CallbackInfo& info) {
  const uint8_t* data = BytesArgument(info, 0, "bytes", 0, 1);
  const size_t size = info[0].As<Napi::Uint8Array>().ByteLength();
  const int token_fd = FdArgument(info, 1, "tokenFd");
  if (size > UINT32_MAX) ThrowArgument(info.Env(), "bytes must be less than 4 GiB");
  std::string log;
  const int result = Lend(LoadBtf(data, static_cast<uint32_t>(size), token_fd, &log));
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("result", Napi::Number::New(info.Env(), result));
  answer.Set("log", Napi::String::New(info.Env(), log));
  return answer;
}

Napi::Value OpenBtf(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Lend(GetBtfFdById(Uint32Argument(info, 0, "id"))));
}

Napi::Value CreateTokenFrom(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Lend(CreateToken(FdArgument(info, 0, "bpffsFd"))));
}

}  // namespace bpf_maps
