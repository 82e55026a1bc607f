// How far a ring buffer was written and read, as anybody may see who has the map.
#ifndef BPF_MAPS_RING_POSITIONS_H_
#define BPF_MAPS_RING_POSITIONS_H_

#include <napi.h>

namespace bpf_maps {

// ringPositions(fd): [consumed, produced], each a BigInt, or a negative errno; -EINVAL for maps of other types.
Napi::Value RingPositions(const Napi::CallbackInfo& info);

}  // namespace bpf_maps

#endif  // BPF_MAPS_RING_POSITIONS_H_
