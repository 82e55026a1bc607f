// SPDX-License-Identifier: Apache-2.0
#include "error.h"

#include <cstring>

#include <cmath>

Napi::Error SystemError(Napi::Env env, int error, const std::string& operation, const std::string& log) {
  const char* name = strerrorname_np(error);
  std::string code = name ? name : "E" + std::to_string(error);
  Napi::Error result = Napi::Error::New(env, operation + ": " + strerror(error) + " (" + code + ")");
  result.Set("errno", Napi::Number::New(env, error));
  result.Set("code", Napi::String::New(env, code));
  result.Set("operation", Napi::String::New(env, operation));
  if (!log.empty()) result.Set("log", Napi::String::New(env, log));
  return result;
}

uint32_t Uint32Argument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  double value = info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : NAN;
  if (!(value >= 0 && value <= 4294967295.0) || value != std::floor(value))
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be an unsigned 32-bit integer");
  return static_cast<uint32_t>(value);
}

int FdArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  uint32_t value = Uint32Argument(info, index, name);
  if (value > 0x7fffffff) throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a file descriptor");
  return static_cast<int>(value);
}

std::string StringArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsString()) throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a string");
  return info[index].As<Napi::String>().Utf8Value();
}

Napi::Buffer<uint8_t> BufferArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsBuffer()) throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a Buffer");
  return info[index].As<Napi::Buffer<uint8_t>>();
}
