#include "element.h"

#include <algorithm>
#include <cerrno>

#include "batches.h"
#include "element_syscall.h"
#include "external_memory.h"

namespace bpf_maps {
namespace {

size_t ElementBytes(const MapHandle& handle) {
  return std::max<size_t>(Element::ValueOffset(handle) + handle.value_bytes(), 8);
}

using ElementCall = int (*)(Element& element, uint32_t flags);

template <ElementCall Call>
napi_value OnElement(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  const auto& table = *static_cast<const ElementTable*>(data);
  ElementControl& control = table.control();
  Element* element = table.Find(control.slot);
  control.result = element == nullptr ? -EBADF : Call(*element, control.flags);
  return nullptr;
}

int GetElement(Element& element, uint32_t flags) { return element.Lookup(flags); }
int SetElement(Element& element, uint32_t flags) { return element.Update(flags); }
int RemoveElement(Element& element, uint32_t) { return element.Remove(); }
int TakeElement(Element& element, uint32_t) { return element.Take(); }

}  // namespace

Element::Element(std::shared_ptr<MapHandle> handle)
    : handle_(std::move(handle)),
      bytes_(ElementBytes(*handle_)),
      memory_(new uint8_t[bytes_]()),
      key_(handle_->KeyPointer(memory_.get())),
      value_(memory_.get() + ValueOffset(*handle_)) {}

size_t Element::ValueOffset(const MapHandle& handle) { return (handle.key_bytes() + 7) / 8 * 8; }

int Element::Lookup(uint32_t flags) {
  return usable() ? CallOnElement(BPF_MAP_LOOKUP_ELEM, handle_->fd(), key_, value_, flags) : -EBADF;
}

int Element::Update(uint32_t flags) {
  return usable() ? CallOnElement(BPF_MAP_UPDATE_ELEM, handle_->fd(), key_, value_, flags) : -EBADF;
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
  add("lookup", OnElement<&GetElement>);
  add("update", OnElement<&SetElement>);
  add("remove", OnElement<&RemoveElement>);
  add("take", OnElement<&TakeElement>);
  exports.Set("elementControl", ExternalMemory(env, control_, sizeof(ElementControl)));
}

}  // namespace bpf_maps
