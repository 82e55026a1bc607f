#include "lpm_order.h"

#include <algorithm>
#include <cstring>

namespace bpf_maps {
namespace {

constexpr size_t kDataOffset = sizeof(uint32_t);

uint32_t PrefixLength(const uint8_t* key) {
  uint32_t bits = 0;
  std::memcpy(&bits, key, sizeof(bits));
  return bits;
}

}  // namespace

bool ComesAfter(const uint8_t* key, const uint8_t* other, size_t size) {
  const uint32_t bits = PrefixLength(key);
  const uint32_t other_bits = PrefixLength(other);
  const size_t room = (size - kDataOffset) * 8;
  const size_t shared = std::min<size_t>(std::min(bits, other_bits), room);
  for (size_t byte = 0; byte * 8 < shared; byte++) {
    const size_t counted = std::min<size_t>(shared - byte * 8, 8);
    const uint8_t mask = static_cast<uint8_t>(0xff00U >> counted);
    const uint8_t mine = key[kDataOffset + byte] & mask;
    const uint8_t theirs = other[kDataOffset + byte] & mask;
    // The most significant bit decides, as it does between numbers.
    if (mine != theirs) return mine > theirs;
  }
  return bits < other_bits;
}

}  // namespace bpf_maps
