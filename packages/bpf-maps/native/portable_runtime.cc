// What the addon and its static C++ runtime take from the C library, but older glibc or musl do not have. Of the
// portable addon only (cmake/portable.cmake), and hidden in it.

#include <link.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

// From glibc 2.35 on, <dlfcn.h> declares the two below: struct dl_find_object is libgcc's interface to it.
#include <dlfcn.h>

namespace {

struct Search {
  uintptr_t address;
  dl_find_object* found;
};

// Does this object hold the address, and does it have unwind tables?
int Visit(dl_phdr_info* object, size_t, void* data) {
  const auto* search = static_cast<const Search*>(data);
  uintptr_t begin = UINTPTR_MAX;
  uintptr_t end = 0;
  uintptr_t frames = 0;
  bool holds = false;
  for (size_t i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr)& header = object->dlpi_phdr[i];
    const uintptr_t start = object->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_GNU_EH_FRAME) frames = start;
    if (header.p_type != PT_LOAD) continue;
    begin = std::min(begin, start);
    end = std::max(end, start + header.p_memsz);
    holds = holds || (search->address >= start && search->address - start < header.p_memsz);
  }
  if (!holds || frames == 0) return 0;
  *search->found = {};
  search->found->dlfo_map_start = reinterpret_cast<void*>(begin);
  search->found->dlfo_map_end = reinterpret_cast<void*>(end);
  search->found->dlfo_eh_frame = reinterpret_cast<void*>(frames);
  return 1;
}

}  // namespace

extern "C" {

// glibc 2.35. Where libgcc finds the unwind tables of a function when an exception is thrown.
int _dl_find_object(void* address, dl_find_object* result) noexcept {
  Search search{reinterpret_cast<uintptr_t>(address), result};
  return dl_iterate_phdr(Visit, &search) == 1 ? 0 : -1;
}

// glibc 2.32. libstdc++ counts references without atomic instructions where it is not 0.
extern char __libc_single_threaded;
char __libc_single_threaded = 0;

// glibc 2.33. On 64 bits, struct stat is the kernel's in every C library.
int fstat(int fd, struct stat* about) noexcept { return static_cast<int>(syscall(SYS_fstat, fd, about)); }

#ifdef __aarch64__
// glibc's name for it. libgcc asks which atomic instructions the CPU has.
unsigned long __getauxval(unsigned long type) { return getauxval(type); }
#endif
}
