/** Texts of the help that are longer than a line. */

/** How maps are named. */
export const MAPS = `
Maps are named as in bpftool, 'id 12', 'name flows' or 'pinned /sys/fs/bpf/flows', or by one word: digits are an id,
what has a slash is a path, all else is a name.
`;

/** How keys and values are written. */
export const VALUES = `
Keys and values have the types that the map's BTF (or, without BTF, the kernel) gives them:
  numbers, names of enumerators, text    as they are:  443  OPEN  root
  structs, arrays                        JSON:         '{"address": "10.0.0.1", "port": 443}'
  bytes of no known type, or --hex       digits:       '0a 00 00 01', 0a000001
Where bytes are expected (__u8[4], __u8[6], __u8[16], __be32, struct in6_addr), an address is taken as well. In JSON,
read and written, an integer is a number up to 2^53 - 1 on either side of zero, and beyond that a string of its
digits; __u8[] is an array of numbers; NaN and infinities are strings; a value of a per-CPU map is an array with one
value for each possible CPU; bytes of no known type are a string of hexadecimal digits.
`;

/** How the command exits. */
export const EXIT_CODES = `
Exit codes: 0 done; 1 the kernel or the system refused, or the map's type cannot do that; 2 the command line makes no
sense, or names several maps, or a key or value does not fit the map; 3 no such map, or no such key in it. When nobody
reads the output any more, and when Ctrl-C ends watch or top, it is 0.
`;

/** What `watch` sees. */
export const WATCH = `
Every interval the whole map is read and compared: what changes and changes back in between is not seen, and of
several changes only the last. One copy of keys and values is kept in memory, of at most --max-entries entries. Of a
queue or a stack only the next element is seen, and not how many there are: the kernel does not tell. What rings have
is shown by 'bpf-maps events'; storages cannot be read without whose they are.
`;

/** What `top` sees. */
export const TOP = `
The kernel does not count what is done with a map. What top can see without a program in the kernel: every interval it
reads the first --sample entries of each map and counts those that differ, are new, or are gone. So CHANGES/S, and
BYTES/S with the bytes of those entries, are lower bounds: an entry counts once however often it was written, and reads
are not seen. Of a ring buffer BYTES/S is what was written to it, exactly, ENTRIES the bytes that wait to be read, and
no record is taken. A '+' marks maps that have more entries than were compared, as queues and stacks, whose next element
alone is seen: of those, only changed values count. '-': the entries are not for user space to read (storages, ...), or
the map is new. Kept in memory: --sample entries of each map.
`;

/** What `events` does to others. */
export const EVENTS = `
A record is read once: those of a ring buffer are taken from the program that consumes it, whose events are lost to it;
the events of a perf buffer come here instead of to whoever put their perf events into the map before, and to nobody
when this ends. So it wants --consume. The kernel does not know what a record is: it is printed as bytes, or with
--struct and --btf as that type (of a longer record, its beginning; a shorter one stays bytes). --btf is the id of the
BTF that the program was loaded with, which 'bpf-maps show' tells of its other maps, 'kernel', or a file in
/sys/kernel/btf. Records of a perf buffer may end with up to 7 bytes that nobody wrote.
`;

/** What `create` makes of types. */
export const CREATE = `
Types of keys and values: a number of bytes; u8 to u64, i8 to i64, be16, be32, be64, ipv4, ipv6, mac, of which the map
gets BTF; or with --btf the name of a type that BTF has, such as 'struct flow'. Then all other commands print it so.
The map lives as long as it is pinned, or in use.
`;
