#include "arguments.h"

#include <algorithm>
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

uint8_t* BytesArgument(const Napi::CallbackInfo& info, size_t index, const char* name, uint64_t* length) {
  if (!info[index].IsTypedArray() || info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    ThrowArgument(info.Env(), std::string(name) + " must be a Uint8Array");
  }
  Napi::Uint8Array bytes = info[index].As<Napi::Uint8Array>();
  *length = bytes.ByteLength();
  return bytes.Data();
}

uint8_t* BytesArgument(const Napi::CallbackInfo& info, size_t index, const char* name, uint64_t count,
                       uint64_t size) {
  uint64_t length = 0;
  uint8_t* bytes = BytesArgument(info, index, name, &length);
  // Both factors are 32-bit quantities in practice: the product cannot wrap.
  if (length < count * size) {
    ThrowArgument(info.Env(), std::string(name) + " must have " + std::to_string(count * size) + " bytes, has " +
                                  std::to_string(length));
  }
  return bytes;
}

uint32_t* WordsArgument(const Napi::CallbackInfo& info, size_t index, const char* name, uint64_t* most) {
  if (info[index].IsTypedArray() && info[index].As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array) {
    Napi::Uint32Array words = info[index].As<Napi::Uint32Array>();
    if (words.ElementLength() > 0) {
      *most = std::min<uint64_t>(*most, words.ElementLength());
      return words.Data();
    }
  }
  ThrowArgument(info.Env(), std::string(name) + " must be a Uint32Array that is not empty");
}

}  // namespace bpf_maps
