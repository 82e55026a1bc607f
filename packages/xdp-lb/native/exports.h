// SPDX-License-Identifier: Apache-2.0
// What each file adds to the addon.
#pragma once

#include <napi.h>

void ExportArrayWindow(Napi::Env env, Napi::Object exports);
void ExportLink(Napi::Env env, Napi::Object exports);
void ExportNetDevice(Napi::Env env, Napi::Object exports);
void ExportObject(Napi::Env env, Napi::Object exports);
void ExportProgram(Napi::Env env, Napi::Object exports);
