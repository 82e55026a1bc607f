// AddressSanitizer sees what the addon's code reads and writes, but not what the kernel does on its behalf. This
// library stands before libc's syscall() (LD_PRELOAD) and asks the sanitizer, before each bpf(2), whether all memory
// that the kernel is going to read and write is the caller's: by the sizes that the kernel itself tells of the map,
// whatever the addon believes them to be. What is not is reported, and ends the process.
#include <dlfcn.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
void* __asan_region_is_poisoned(void* begin, size_t size);
void __asan_describe_address(void* address);
void __sanitizer_print_stack_trace();
long syscall(long number, ...);
}

namespace {

using Syscall = long (*)(long number, ...);

Syscall Real() {
  static const Syscall real = reinterpret_cast<Syscall>(dlsym(RTLD_NEXT, "syscall"));
  return real;
}

uint64_t PossibleCpus() {
  static const uint64_t cpus = [] {
    unsigned first = 0;
    unsigned last = 0;
    uint64_t count = 0;
    FILE* file = fopen("/sys/devices/system/cpu/possible", "re");
    if (file == nullptr) abort();
    while (fscanf(file, "%u", &first) == 1) {
      last = first;
      if (fscanf(file, "-%u", &last) < 0) last = first;
      count += last - first + 1;
      if (fgetc(file) != ',') break;
    }
    fclose(file);
    return count;
  }();
  return cpus;
}

void Check(const char* command, const char* what, uint64_t address, uint64_t bytes) {
  // The kernel refuses null pointers by itself.
  if (address == 0 || bytes == 0) return;
  void* bad = __asan_region_is_poisoned(reinterpret_cast<void*>(address), bytes);
  if (bad == nullptr) return;
  fprintf(stderr, "==%d==ERROR: bpf-guard: %s: the kernel takes %llu bytes for the %s at %p, of which %p is not the caller's\n",
          getpid(), command, static_cast<unsigned long long>(bytes), what, reinterpret_cast<void*>(address), bad);
  __asan_describe_address(bad);
  __sanitizer_print_stack_trace();
  abort();
}

// kernel/bpf/syscall.c: bpf_map_value_size
uint64_t ValueBytes(const bpf_map_info& map) {
  switch (map.type) {
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      return (map.value_size + 7ULL) / 8 * 8 * PossibleCpus();
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_CGROUP_ARRAY:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return sizeof(uint32_t);
    default:
      return map.value_size;
  }
}

// What a batch goes on from: the number of a bucket for hash maps, a key for others.
uint64_t TokenBytes(const bpf_map_info& map) {
  switch (map.type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return sizeof(uint32_t);
    default:
      return map.key_size;
  }
}

bool Describe(uint32_t fd, bpf_map_info* map) {
  bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  memset(map, 0, sizeof(*map));
  attr.info.bpf_fd = fd;
  attr.info.info_len = sizeof(*map);
  attr.info.info = reinterpret_cast<uintptr_t>(map);
  return Real()(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) == 0;
}

void CheckElement(const char* name, const bpf_attr& attr, bool value) {
  bpf_map_info map;
  if (!Describe(attr.map_fd, &map)) return;
  Check(name, "key", attr.key, map.key_size);
  if (value) Check(name, "value", attr.value, ValueBytes(map));
}

void CheckNextKey(const bpf_attr& attr) {
  bpf_map_info map;
  if (!Describe(attr.map_fd, &map)) return;
  Check("BPF_MAP_GET_NEXT_KEY", "key", attr.key, map.key_size);
  Check("BPF_MAP_GET_NEXT_KEY", "next key", attr.next_key, map.key_size);
}

void CheckBatch(const char* name, const bpf_attr& attr, bool values, bool tokens) {
  bpf_map_info map;
  if (!Describe(attr.batch.map_fd, &map)) return;
  Check(name, "keys", attr.batch.keys, static_cast<uint64_t>(map.key_size) * attr.batch.count);
  if (values) Check(name, "values", attr.batch.values, ValueBytes(map) * attr.batch.count);
  if (!tokens) return;
  Check(name, "token", attr.batch.in_batch, TokenBytes(map));
  Check(name, "next token", attr.batch.out_batch, TokenBytes(map));
}

void CheckBpf(int command, const void* given, size_t size) {
  Check("bpf(2)", "attributes", reinterpret_cast<uintptr_t>(given), size);
  bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  memcpy(&attr, given, std::min(size, sizeof(attr)));
  switch (command) {
    case BPF_MAP_LOOKUP_ELEM:
      return CheckElement("BPF_MAP_LOOKUP_ELEM", attr, true);
    case BPF_MAP_UPDATE_ELEM:
      return CheckElement("BPF_MAP_UPDATE_ELEM", attr, true);
    case BPF_MAP_DELETE_ELEM:
      return CheckElement("BPF_MAP_DELETE_ELEM", attr, false);
    case BPF_MAP_GET_NEXT_KEY:
      return CheckNextKey(attr);
    case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
      return CheckElement("BPF_MAP_LOOKUP_AND_DELETE_ELEM", attr, true);
    case BPF_MAP_LOOKUP_BATCH:
      return CheckBatch("BPF_MAP_LOOKUP_BATCH", attr, true, true);
    case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
      return CheckBatch("BPF_MAP_LOOKUP_AND_DELETE_BATCH", attr, true, true);
    case BPF_MAP_UPDATE_BATCH:
      return CheckBatch("BPF_MAP_UPDATE_BATCH", attr, true, false);
    case BPF_MAP_DELETE_BATCH:
      return CheckBatch("BPF_MAP_DELETE_BATCH", attr, false, false);
    case BPF_OBJ_GET_INFO_BY_FD:
      return Check("BPF_OBJ_GET_INFO_BY_FD", "information", attr.info.info, attr.info.info_len);
    case BPF_PROG_TEST_RUN:
      Check("BPF_PROG_TEST_RUN", "data", attr.test.data_in, attr.test.data_size_in);
      Check("BPF_PROG_TEST_RUN", "answer", attr.test.data_out, attr.test.data_size_out);
      Check("BPF_PROG_TEST_RUN", "context", attr.test.ctx_in, attr.test.ctx_size_in);
      return Check("BPF_PROG_TEST_RUN", "context", attr.test.ctx_out, attr.test.ctx_size_out);
    default:
      return;
  }
}

}  // namespace

extern "C" long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (number == __NR_bpf) {
    CheckBpf(static_cast<int>(arguments[0]), reinterpret_cast<const void*>(arguments[1]),
             static_cast<size_t>(arguments[2]));
  }
  return Real()(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
