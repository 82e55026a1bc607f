// The calls on one entry that programs make all the time: get, set, delete, take. They work on a key and a value in
// memory that JavaScript sees, too, and come as plain functions of Node-API: to call a method of an object costs three
// times as much. Which map they are for and what came of them lies in such memory as well: to take arguments and to
// give an answer costs as much again as the call.
#ifndef BPF_MAPS_ELEMENT_H_
#define BPF_MAPS_ELEMENT_H_

#include <napi.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "map_handle.h"

namespace bpf_maps {

// Room for one key and one value of a map.
class Element {
 public:
  explicit Element(std::shared_ptr<MapHandle> handle);

  // The key lies at offset 0, the value here.
  static size_t ValueOffset(const MapHandle& handle);

  // 0 or a negative errno.
  int Lookup(uint32_t flags);
  int Update(uint32_t flags);
  int Remove();
  int Take();

  // Whoever lives longer of this and the ArrayBuffer that JavaScript has frees it.
  const std::shared_ptr<uint8_t[]>& memory() const { return memory_; }
  size_t bytes() const { return bytes_; }

 private:
  bool usable() const { return !handle_->closed() && handle_->has_elements(); }

  std::shared_ptr<MapHandle> handle_;
  size_t bytes_;
  std::shared_ptr<uint8_t[]> memory_;
  const void* key_;
  uint8_t* value_;
};

// Written by JavaScript: which element, and the flags of a lookup or update. Written here: what came of it, 0 or a
// negative errno.
struct ElementControl {
  uint32_t slot = 0;
  uint32_t flags = 0;
  int32_t result = 0;
};

// The elements of one environment by number. A number that is none, or that of a map that was collected, is
// answered with -EBADF.
class ElementTable {
 public:
  uint32_t Add(Element* element);
  void Remove(uint32_t slot);
  Element* Find(uint32_t slot) const { return slot < elements_.size() ? elements_[slot] : nullptr; }

  ElementControl& control() const { return *control_; }

  // Adds lookup, update, remove and take, which must not be called after this table is gone, and elementControl, an
  // ArrayBuffer.
  void Export(Napi::Env env, Napi::Object exports);

 private:
  std::shared_ptr<ElementControl> control_ = std::make_shared<ElementControl>();
  std::vector<Element*> elements_;
  std::vector<uint32_t> free_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_ELEMENT_H_
