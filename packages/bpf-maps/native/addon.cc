#include <napi.h>

#include "cursor.h"
#include "lent_descriptors.h"
#include "map.h"
#include "map_create.h"
#include "perf_buffer.h"
#include "ring_buffer.h"
#include "ring_positions.h"
#include "user_ring_buffer.h"
#ifdef BPF_MAPS_SANITIZED
#include "../fuzz/native/hooks.h"
#endif

namespace bpf_maps {
namespace {

Napi::Value CountPossibleCpus(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), PossibleCpus());
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData();
  data->map_constructor = Napi::Persistent(NativeMap::Define(env));
  data->cursor_constructor = Napi::Persistent(NativeCursor::Define(env));
  data->ring_buffer_constructor = Napi::Persistent(NativeRingBuffer::Define(env));
  data->user_ring_buffer_constructor = Napi::Persistent(NativeUserRingBuffer::Define(env));
  data->perf_buffer_constructor = Napi::Persistent(NativePerfBuffer::Define(env));
  data->elements->Export(env, exports);
  env.SetInstanceData(data);
  exports.Set("createMap", Napi::Function::New<&CreateMapFrom>(env, "createMap"));
  exports.Set("addBtf", Napi::Function::New<&AddBtf>(env, "addBtf"));
  exports.Set("openBtf", Napi::Function::New<&OpenBtf>(env, "openBtf"));
  exports.Set("closeDescriptor", Napi::Function::New<&CloseDescriptor>(env, "closeDescriptor"));
  exports.Set("createToken", Napi::Function::New<&CreateTokenFrom>(env, "createToken"));
  exports.Set("openPinned", Napi::Function::New<&NativeMap::OpenPinned>(env, "openPinned"));
  exports.Set("openById", Napi::Function::New<&NativeMap::OpenById>(env, "openById"));
  exports.Set("adoptFd", Napi::Function::New<&NativeMap::AdoptFd>(env, "adoptFd"));
  exports.Set("nextMapId", Napi::Function::New<&NativeMap::NextMapId>(env, "nextMapId"));
  exports.Set("loadBtf", Napi::Function::New<&NativeMap::LoadBtf>(env, "loadBtf"));
  exports.Set("openRingBuffer", Napi::Function::New<&NativeRingBuffer::Open>(env, "openRingBuffer"));
  exports.Set("openUserRingBuffer",
              Napi::Function::New<&NativeUserRingBuffer::Open>(env, "openUserRingBuffer"));
  exports.Set("openPerfBuffer", Napi::Function::New<&NativePerfBuffer::Open>(env, "openPerfBuffer"));
  exports.Set("ringPositions", Napi::Function::New<&RingPositions>(env, "ringPositions"));
  exports.Set("possibleCpus", Napi::Function::New<&CountPossibleCpus>(env, "possibleCpus"));
#ifdef BPF_MAPS_SANITIZED
  ExportFuzzHooks(env, exports);
#endif
  return exports;
}

}  // namespace
}  // namespace bpf_maps

static Napi::Object InitializeAddon(Napi::Env env, Napi::Object exports) {
  return bpf_maps::Initialize(env, exports);
}

NODE_API_MODULE(bpf_maps, InitializeAddon)
