// What it takes to make a map: the map itself, BTF for it, a token.
#ifndef BPF_MAPS_MAP_CREATE_H_
#define BPF_MAPS_MAP_CREATE_H_

#include <napi.h>

namespace bpf_maps {

// createMap({ type, keySize, valueSize, maxEntries, flags, name, … }): a NativeMap, or a negative errno. What is left
// out is 0; see struct MapSpec.
Napi::Value CreateMapFrom(const Napi::CallbackInfo& info);
// addBtf(bytes, tokenFd): { result, log }: a descriptor, to be given to closeDescriptor, or a negative errno.
Napi::Value AddBtf(const Napi::CallbackInfo& info);
// openBtf(id): a descriptor, to be given to closeDescriptor, or a negative errno
Napi::Value OpenBtf(const Napi::CallbackInfo& info);
// createToken(bpffsFd): as openBtf
Napi::Value CreateTokenFrom(const Napi::CallbackInfo& info);

}  // namespace bpf_maps

#endif  // BPF_MAPS_MAP_CREATE_H_
