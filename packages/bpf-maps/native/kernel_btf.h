// What the addon asks the BTF of the running kernel.
#ifndef BPF_MAPS_KERNEL_BTF_H_
#define BPF_MAPS_KERNEL_BTF_H_

namespace bpf_maps {

// The id of the type of a function of the kernel, by its name; -ENOENT if it has none, or a negative errno. The BTF is
// read for it, some megabytes and milliseconds: answers are remembered for the whole process.
int KernelFunction(const char* name);

}  // namespace bpf_maps

#endif  // BPF_MAPS_KERNEL_BTF_H_
