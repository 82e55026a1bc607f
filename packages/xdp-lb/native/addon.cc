// SPDX-License-Identifier: Apache-2.0
// The loader of the data plane: thin over libbpf and bpf(2). Policy is in TypeScript.
#include "exports.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ExportArrayWindow(env, exports);
  ExportLink(env, exports);
  ExportNetDevice(env, exports);
  ExportObject(env, exports);
  ExportProgram(env, exports);
  return exports;
}

NODE_API_MODULE(xdp_lb, Init)
