// SPDX-License-Identifier: Apache-2.0
// Failures of system calls as JavaScript errors: `code` is the errno's name, `operation` the call.
#pragma once

#include <napi.h>

#include <string>

// An Error with `errno`, `code`, `operation` and, unless empty, `log`; throw it.
Napi::Error SystemError(Napi::Env env, int error, const std::string& operation, const std::string& log = "");

// The n-th argument, checked; throws a TypeError that names the function and the argument.
uint32_t Uint32Argument(const Napi::CallbackInfo& info, size_t index, const char* name);
int FdArgument(const Napi::CallbackInfo& info, size_t index, const char* name);
std::string StringArgument(const Napi::CallbackInfo& info, size_t index, const char* name);
Napi::Buffer<uint8_t> BufferArgument(const Napi::CallbackInfo& info, size_t index, const char* name);
