// SPDX-License-Identifier: Apache-2.0
// Debian's libbpf.a is made for executables: it reaches `stderr` relative to its own code, which a shared
// library may do only with a symbol of its own. So the addon has one, and gives it libc's value at load.
#include <dlfcn.h>

struct _IO_FILE;
extern "C" {
__attribute__((visibility("hidden"))) _IO_FILE* stderr = nullptr;
}

__attribute__((constructor)) static void BorrowStderr() {
  void* theirs = dlsym(RTLD_DEFAULT, "stderr");
  if (theirs) stderr = *static_cast<_IO_FILE**>(theirs);
}
