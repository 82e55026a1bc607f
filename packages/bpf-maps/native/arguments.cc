#include "arguments.h"

#include <cmath>

namespace bpf_maps {

void ThrowArgument(Napi::Env env, const std::string& message) {
  Napi::TypeError error = Napi::TypeError::New(env, message);
  error.Set("code", Napi::String::New(env, "ERR_BPF_ARGUMENT"));
  throw error;
}

namespace {

double IntegerArgument(const Napi::CallbackInfo& info, size_t index, const char* name, double maximum) {
  if (info[index].IsNumber()) {
    const double value = info[index].As<Napi::Number>().DoubleValue();
    if (value >= 0 && value <= maximum && std::floor(value) == value) return value;
  }
  ThrowArgument(info.Env(), std::string(name) + " must be an integer from 0 to " +
                                std::to_string(static_cast<uint64_t>(maximum)));
}

}  // namespace

uint32_t Uint32Argument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  return static_cast<uint32_t>(IntegerArgument(info, index, name, UINT32_MAX));
}

int FdArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  return static_cast<int>(IntegerArgument(info, index, name, INT32_MAX));
}

std::string StringArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsString()) ThrowArgument(info.Env(), std::string(name) + " must be a string");
  std::string value = info[index].As<Napi::String>().Utf8Value();
  if (value.find('\0') != std::string::npos) {
    ThrowArgument(info.Env(), std::string(name) + " must not contain NUL bytes");
  }
  return value;
}

uint8_t* BytesArgument(const Napi::CallbackInfo& info, size_t index, const char* name, uint64_t count,
                       uint64_t size) {
  if (!info[index].IsTypedArray() || info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    ThrowArgument(info.Env(), std::string(name) + " must be a Uint8Array");
  }
  Napi::Uint8Array bytes = info[index].As<Napi::Uint8Array>();
  // Both factors are 32-bit quantities in practice: the product cannot wrap.
  if (bytes.ByteLength() < count * size) {
    ThrowArgument(info.Env(), std::string(name) + " must have " + std::to_string(count * size) + " bytes, has " +
                                  std::to_string(bytes.ByteLength()));
  }
  return bytes.Data();
}

}  // namespace bpf_maps
