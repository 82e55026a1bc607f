// The order in which the kernel walks an LPM trie.
#ifndef BPF_MAPS_LPM_ORDER_H_
#define BPF_MAPS_LPM_ORDER_H_

#include <cstddef>
#include <cstdint>

namespace bpf_maps {

// Does the walk come to `key` after `other`? It goes in postorder (kernel/bpf/lpm_trie.c: trie_get_next_key): of two
// prefixes of which one contains the other, the longer one first; else the one that has a zero where they first
// differ. So the order depends on the two keys alone, whatever else is in the trie. Keys are struct
// bpf_lpm_trie_key, `size` bytes each; bits behind a prefix do not count.
bool ComesAfter(const uint8_t* key, const uint8_t* other, size_t size);

}  // namespace bpf_maps

#endif  // BPF_MAPS_LPM_ORDER_H_
