/* One system call for many entries. */
#include "rival.h"

#define CHUNK 4096

struct entries {
	unsigned char *keys;
	unsigned char *values;
};

static struct entries allocate(const struct map *map, uint32_t count)
{
	struct entries entries = { calloc(count, map->key_size), calloc(count, map->value_bytes) };

	if (!entries.keys || !entries.values)
		die("calloc");
	return entries;
}

static void release(struct entries entries)
{
	free(entries.keys);
	free(entries.values);
}

struct answer dump(const struct map *map, const struct request *request)
{
	struct entries entries = allocate(map, CHUNK);
	uint64_t check = 0;
	uint32_t tokens[2][2] = {};
	uint32_t count = 0;
	bool more = true;
	union bpf_attr attr = {
		.batch = {
			.out_batch = (uintptr_t)tokens[0],
			.keys = (uintptr_t)entries.keys,
			.values = (uintptr_t)entries.values,
			.map_fd = map->fd,
		},
	};
	uint64_t began = now();
	for (int turn = 0; more && count < request->count; turn ^= 1) {
		attr.batch.count = CHUNK;
		if (bpf(BPF_MAP_LOOKUP_BATCH, &attr) < 0) {
			if (errno != ENOENT)
				die("BPF_MAP_LOOKUP_BATCH");
			more = false;
		}
		for (uint32_t i = 0; i < attr.batch.count; i++)
			check += low_of_key(map, entries.keys + (size_t)i * map->key_size) +
				 low_of_value(map, entries.values + (size_t)i * map->value_bytes);
		count += attr.batch.count;
		attr.batch.in_batch = (uintptr_t)tokens[turn];
		attr.batch.out_batch = (uintptr_t)tokens[turn ^ 1];
	}
	uint64_t ended = now();
	release(entries);
	return (struct answer){ ended - began, check };
}

/* Each CPU has a value of its own, which tells the slots from each other. */
static struct entries prepare(const struct map *map, const struct request *request)
{
	struct entries entries = allocate(map, request->count);

	for (uint32_t i = 0; i < request->count; i++) {
		uint32_t key = key_of(map, request->start + i);

		put_key(map, entries.keys + (size_t)i * map->key_size, key);
		for (uint32_t slot = 0; slot < map->slots; slot++)
			entries.values[(size_t)i * map->value_bytes + 8 * slot] = key + slot;
	}
	return entries;
}

static struct answer send_all(int command, const struct map *map, const struct request *request)
{
	struct entries entries = prepare(map, request);
	union bpf_attr attr = {
		.batch = {
			.keys = (uintptr_t)entries.keys,
			.values = (uintptr_t)entries.values,
			.count = request->count,
			.map_fd = map->fd,
		},
	};
	uint64_t began = now();
	if (bpf(command, &attr) < 0)
		die(command == BPF_MAP_UPDATE_BATCH ? "BPF_MAP_UPDATE_BATCH" : "BPF_MAP_DELETE_BATCH");
	uint64_t ended = now();
	release(entries);
	return (struct answer){ ended - began, attr.batch.count };
}

struct answer load(const struct map *map, const struct request *request)
{
	return send_all(BPF_MAP_UPDATE_BATCH, map, request);
}

struct answer clear(const struct map *map, const struct request *request)
{
	return send_all(BPF_MAP_DELETE_BATCH, map, request);
}
