/* One system call an entry. The attributes are written once: only key and value change. */
#include "rival.h"

struct element {
	uint32_t key;
	unsigned char *value;
	union bpf_attr attr;
};

static void prepare(struct element *element, const struct map *map)
{
	element->value = calloc(1, map->value_bytes);
	if (!element->value)
		die("calloc");
	memset(&element->attr, 0, sizeof(element->attr));
	element->attr.map_fd = map->fd;
	element->attr.key = (uintptr_t)&element->key;
	element->attr.value = (uintptr_t)element->value;
}

struct answer get_elements(const struct map *map, const struct request *request)
{
	struct element element;
	uint64_t check = 0;

	prepare(&element, map);
	uint64_t began = now();
	for (uint32_t i = request->start; i < request->start + request->count; i++) {
		element.key = key_of(map, i);
		if (bpf(BPF_MAP_LOOKUP_ELEM, &element.attr) < 0)
			die("BPF_MAP_LOOKUP_ELEM");
		check += low_of_value(map, element.value);
	}
	uint64_t ended = now();
	free(element.value);
	return (struct answer){ ended - began, check };
}

struct answer set_elements(const struct map *map, const struct request *request)
{
	struct element element;
	uint64_t value;

	prepare(&element, map);
	uint64_t began = now();
	for (uint32_t i = request->start; i < request->start + request->count; i++) {
		element.key = key_of(map, i);
		value = element.key & 0xff;
		memcpy(element.value, &value, sizeof(value));
		if (bpf(BPF_MAP_UPDATE_ELEM, &element.attr) < 0)
			die("BPF_MAP_UPDATE_ELEM");
	}
	uint64_t ended = now();
	free(element.value);
	return (struct answer){ ended - began, request->count };
}

struct answer delete_elements(const struct map *map, const struct request *request)
{
	struct element element;
	uint64_t check = 0;

	prepare(&element, map);
	element.attr.value = 0;
	uint64_t began = now();
	for (uint32_t i = request->start; i < request->start + request->count; i++) {
		element.key = key_of(map, i);
		if (bpf(BPF_MAP_DELETE_ELEM, &element.attr) < 0)
			die("BPF_MAP_DELETE_ELEM");
		check++;
	}
	uint64_t ended = now();
	free(element.value);
	return (struct answer){ ended - began, check };
}

/* BPF_MAP_GET_NEXT_KEY and a look-up: two system calls an entry. */
struct answer iterate(const struct map *map, const struct request *request)
{
	struct element element;
	unsigned char key[8], next[8];
	uint32_t count = 0;
	uint64_t check = 0;

	prepare(&element, map);
	element.attr.key = (uintptr_t)key;
	union bpf_attr step = { .map_fd = map->fd, .next_key = (uintptr_t)next };
	uint64_t began = now();
	while (count < request->count && bpf(BPF_MAP_GET_NEXT_KEY, &step) == 0) {
		memcpy(key, next, sizeof(key));
		if (bpf(BPF_MAP_LOOKUP_ELEM, &element.attr) < 0)
			die("BPF_MAP_LOOKUP_ELEM");
		check += low_of_key(map, key) + low_of_value(map, element.value);
		step.key = (uintptr_t)key;
		count++;
	}
	uint64_t ended = now();
	free(element.value);
	return (struct answer){ ended - began, check };
}
