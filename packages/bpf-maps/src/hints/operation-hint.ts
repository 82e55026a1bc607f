import { isOlder } from './kernel-version.ts';
import { type Capability, lackOf } from './privileges.ts';

/** What operations take that do not depend on a map. */
const CAPABILITIES: Readonly<Record<string, readonly Capability[]>> = {
  BPF_MAP_GET_NEXT_ID: ['CAP_SYS_ADMIN'],
  BPF_MAP_GET_FD_BY_ID: ['CAP_SYS_ADMIN'],
  BPF_BTF_GET_FD_BY_ID: ['CAP_SYS_ADMIN'],
  'open perf buffer': ['CAP_PERFMON'],
};

const HINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  BPF_MAP_CREATE: {
    EINVAL: 'the kernel knows no such map: check type, key and value size, maxEntries (not 0) and flags',
  },
  BPF_MAP_UPDATE_ELEM: {
    EEXIST: "the key is there already (mode 'create')",
    ENOENT:
      "the key is not there: mode 'update' changes what is, and some types (cgroup storage) do nothing else",
  },
  BPF_MAP_UPDATE_BATCH: {
    EEXIST: "a key is there already (mode 'create')",
    ENOENT: "a key is not there (mode 'update')",
  },
  BPF_MAP_DELETE_ELEM: {
    EINVAL: 'entries of this map type cannot be deleted (arrays: set a value of zeros instead)',
  },
  BPF_MAP_DELETE_BATCH: {
    EINVAL: 'entries of this map type cannot be deleted (arrays: set values of zeros instead)',
  },
  BPF_MAP_LOOKUP_ELEM: { EOPNOTSUPP: 'maps of this type cannot be read from user space' },
  BPF_MAP_LOOKUP_AND_DELETE_ELEM: {
    EOPNOTSUPP: 'this map type, or this kernel, cannot take an element out in one step',
    ENOTSUPP: 'this map type cannot take an element out in one step',
  },
  mmap: {
    EPERM: 'the map is frozen: its memory can no longer be mapped for writing',
    EACCES: 'the map is read-only, for user space or for programs: its memory cannot be mapped for writing',
  },
  BPF_OBJ_GET: { ENOENT: 'nothing is pinned at this path', EINVAL: 'what is pinned there is not a map' },
  BPF_OBJ_PIN: {
    ENOENT: 'the directory of this path does not exist',
    EEXIST: 'something is pinned at this path already: repin() replaces it',
  },
  BPF_MAP_GET_FD_BY_ID: { ENOENT: 'no map has this id (any more)' },
  BPF_OBJ_GET_INFO_BY_FD: {
    EINVAL: 'the descriptor is not that of a map',
    EBADF: 'no such descriptor is open',
    EBUSY: 'a map of this process owns the descriptor already, and will close it',
  },
  BPF_BTF_GET_FD_BY_ID: { ENOENT: 'no BTF has this id (any more)' },
};

/** Of any operation. */
const GENERAL: Readonly<Record<string, string>> = {
  ENODATA: 'cannot tell the number of CPUs: /sys/devices/system/cpu/possible is unreadable',
  ENOSYS:
    'this kernel is built without bpf(2) (CONFIG_BPF_SYSCALL), or this process is kept from it: by a filter (seccomp), or by an emulator (qemu-user)',
  EMFILE:
    'this process has as many descriptors open as it may (ulimit -n): close maps that are no longer used',
  ENFILE: 'the system has as many files open as it may (fs.file-max)',
};

/** What to do about a failure, by what is known without the map. */
export function operationHint(code: string, operation: string): string | undefined {
  const hint = HINTS[operation]?.[code] ?? GENERAL[code];
  if (hint !== undefined) return hint;
  if (code !== 'EPERM' && code !== 'EACCES') return undefined;
  const lacking = lackOf(...(CAPABILITIES[operation] ?? ['CAP_BPF']));
  if (lacking !== undefined) return lacking;
  return isOlder('5.11')
    ? 'before Linux 5.11 maps count against the memory that may be locked: raise RLIMIT_MEMLOCK (ulimit -l)'
    : 'permissions of the file system, or a security module, forbid it';
}
