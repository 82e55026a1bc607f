#!/bin/sh
# make-maps.sh PINS BUILD: makes a map of every type that Linux 6.18 has and pins it at PINS/maps/m_TYPE, and programs
# at PINS/programs. libbpf, in bpftool, makes them from every-type.bpf.c and arena.bpf.c; those that it gives no BTF
# are made by `bpftool map create`, as people do by hand. BUILD is a directory for what is compiled.
set -eu
pins=$1
build=$2
here=$(dirname "$0")

mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
mkdir "$pins"

compile() {
  clang -target bpf -g -O2 -Wall "-I/usr/include/$(cc -print-multiarch)" -c "$here/$1.bpf.c" -o "$build/$1.o"
}

compile every-type
bpftool prog loadall "$build/every-type.o" "$pins/programs" pinmaps "$pins/maps"

compile arena
rm "$pins/maps/m_arena"
# It warns at length about the BTF, which it does without.
bpftool prog loadall "$build/arena.o" "$pins/arena" pinmaps "$pins/maps" 2>"$build/arena.log" ||
  { cat "$build/arena.log" >&2; exit 1; }

# create TYPE KEY_SIZE VALUE_SIZE [INNER_MAP]
create() {
  rm "$pins/maps/m_$1"
  bpftool map create "$pins/maps/m_$1" type "$1" key "$2" value "$3" entries 64 name "m_$1" ${4:+inner_map pinned "$4"}
}

bpftool map create "$pins/inner" type array key 4 value 8 entries 1 name inner
create queue 0 8
create stack 0 8
create sockhash 4 8
create array_of_maps 4 4 "$pins/inner"
create hash_of_maps 4 4 "$pins/inner"

cc -Wall -Wextra -Werror -o "$build/with-descriptors" "$here/with-descriptors.c"
