// Descriptors that JavaScript is given for a while: of BTF, and of tokens. Node's own functions warn of descriptors
// that they did not open themselves, when they close them in a worker thread.
#ifndef BPF_MAPS_LENT_DESCRIPTORS_H_
#define BPF_MAPS_LENT_DESCRIPTORS_H_

#include <napi.h>

namespace bpf_maps {

// Remembers a descriptor, unless it is a negative errno, and gives back what it was given.
int Lend(int fd);

// closeDescriptor(fd): closes a descriptor that was lent; -EBADF for any other, which stays open.
Napi::Value CloseDescriptor(const Napi::CallbackInfo& info);

}  // namespace bpf_maps

#endif  // BPF_MAPS_LENT_DESCRIPTORS_H_
