#include "element.h"

#include <algorithm>
#include <cerrno>

#include "batches.h"

namespace bpf_maps {
namespace {

size_t ElementBytes(const MapHandle& handle) {
  return std::max<size_t>(Element::ValueOffset(handle) + handle.value_bytes(), 8);
}

// The numbers that a function was called with, and its table; none if one is missing or not a number.
template <size_t Count>
ElementTable* Arguments(napi_env env, napi_callback_info info, uint32_t (&numbers)[Count]) {
  napi_value arguments[Count];
  size_t count = Count;
  void* table = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &table) != napi_ok) return nullptr;
  for (size_t i = 0; i < Count; i++) {
    if (napi_get_value_uint32(env, arguments[i], &numbers[i]) != napi_ok) return nullptr;
  }
  return static_cast<ElementTable*>(table);
}

napi_value Answer(napi_env env, int result) {
  napi_value answer = nullptr;
  napi_create_int32(env, result, &answer);
  return answer;
}

template <int (Element::*Call)()>
napi_value OnElement(napi_env env, napi_callback_info info) {
  uint32_t numbers[1];
  const ElementTable* table = Arguments(env, info, numbers);
  Element* element = table == nullptr ? nullptr : table->Find(numbers[0]);
  return Answer(env, element == nullptr ? -EBADF : (element->*Call)());
}

template <int (Element::*Call)(uint32_t flags)>
napi_value OnElementWith(napi_env env, napi_callback_info info) {
  uint32_t numbers[2];
  const ElementTable* table = Arguments(env, info, numbers);
  Element* element = table == nullptr ? nullptr : table->Find(numbers[0]);
  return Answer(env, element == nullptr ? -EBADF : (element->*Call)(numbers[1]));
}

}  // namespace

Element::Element(std::shared_ptr<MapHandle> handle)
    : handle_(std::move(handle)),
      bytes_(ElementBytes(*handle_)),
      memory_(new uint8_t[bytes_]()),
      key_(handle_->KeyPointer(memory_.get())),
      value_(memory_.get() + ValueOffset(*handle_)) {}

size_t Element::ValueOffset(const MapHandle& handle) { return (handle.key_bytes() + 7) / 8 * 8; }

int Element::Lookup() { return usable() ? LookupElement(handle_->fd(), key_, value_) : -EBADF; }

int Element::LookupWith(uint32_t flags) {
  return usable() ? LookupElement(handle_->fd(), key_, value_, flags) : -EBADF;
}

int Element::Update(uint32_t flags) {
  return usable() ? UpdateElement(handle_->fd(), key_, value_, flags) : -EBADF;
}

int Element::Remove() { return usable() ? DeleteOne(handle_->fd(), *handle_, key_) : -EBADF; }

int Element::Take() { return usable() ? LookupAndDeleteElement(handle_->fd(), key_, value_) : -EBADF; }

uint32_t ElementTable::Add(Element* element) {
  if (free_.empty()) {
    elements_.push_back(element);
    return static_cast<uint32_t>(elements_.size() - 1);
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  elements_[slot] = element;
  return slot;
}

void ElementTable::Remove(uint32_t slot) {
  elements_[slot] = nullptr;
  free_.push_back(slot);
}

void ElementTable::Export(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, napi_callback call) {
    napi_value function = nullptr;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, this, &function) != napi_ok) {
      throw Napi::Error::New(env);
    }
    exports.Set(name, Napi::Value(env, function));
  };
  add("lookup", OnElement<&Element::Lookup>);
  add("lookupWith", OnElementWith<&Element::LookupWith>);
  add("update", OnElementWith<&Element::Update>);
  add("remove", OnElement<&Element::Remove>);
  add("take", OnElement<&Element::Take>);
}

}  // namespace bpf_maps
