/* The memory of an array: loads and stores of 32 bits, which the compiler may neither merge nor leave out. */
#include <sys/mman.h>

#include "rival.h"

#define STRIDE 8

static unsigned char *map_memory(const struct map *map)
{
	void *memory = mmap(NULL, (size_t)map->max_entries * STRIDE, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

struct answer read_memory(const struct map *map, const struct request *request)
{
	unsigned char *memory = map_memory(map);
	uint64_t check = 0;
	uint64_t began = now();

	for (uint32_t i = request->start; i < request->start + request->count; i++)
		check += *(volatile uint32_t *)(memory + (size_t)key_of(map, i) * STRIDE);
	uint64_t ended = now();
	munmap(memory, (size_t)map->max_entries * STRIDE);
	return (struct answer){ ended - began, check };
}

struct answer write_memory(const struct map *map, const struct request *request)
{
	unsigned char *memory = map_memory(map);
	uint64_t began = now();

	for (uint32_t i = request->start; i < request->start + request->count; i++) {
		uint32_t key = key_of(map, i);

		*(volatile uint32_t *)(memory + (size_t)key * STRIDE) = key & 0xff;
	}
	uint64_t ended = now();
	munmap(memory, (size_t)map->max_entries * STRIDE);
	return (struct answer){ ended - began, request->count };
}
