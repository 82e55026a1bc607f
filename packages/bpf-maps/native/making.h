// What the addon gives the constructors of its own classes. It does not go through JavaScript: that reaches every
// constructor (`object.constructor`) and may call it with anything, an External of Node's own or of another addon
// included, whose memory is something else.
#ifndef BPF_MAPS_MAKING_H_
#define BPF_MAPS_MAKING_H_

#include <napi.h>

#include <string>
#include <utility>

#include "arguments.h"

namespace bpf_maps {

// While it lives, the next object that is made on this thread is made from `from`.
template <typename From>
class Making {
 public:
  explicit Making(From* from) : previous_(std::exchange(current_, from)) {}
  ~Making() { current_ = previous_; }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  // For constructors. Throws if JavaScript called.
  static From& Take(Napi::Env env, const char* object, const char* maker) {
    From* from = std::exchange(current_, nullptr);
    if (from == nullptr) ThrowArgument(env, std::string("a ") + object + " is made by " + maker);
    return *from;
  }

 private:
  static inline thread_local From* current_ = nullptr;
  From* previous_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_MAKING_H_
