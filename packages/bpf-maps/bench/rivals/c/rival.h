/* What the files of this rival share: the raw system call, the clock, the order of keys. See ../../README.md. */
#ifndef RIVAL_H
#define RIVAL_H

#include <endian.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A request: do this to that map, `count` times, beginning with the key of number `start`. */
struct request {
	char operation[32];
	uint32_t id;
	uint32_t start;
	uint32_t count;
};

struct map {
	int fd;
	uint32_t key_size;
	uint32_t max_entries; /* a power of two */
	uint32_t value_bytes; /* as the kernel copies a value: all CPUs' slots, for per-CPU types */
	uint32_t slots;       /* how many CPUs' slots; 1 for other types */
};

/* How much CPU time it took, and a sum over what was read, which all contenders must agree about. */
struct answer {
	uint64_t nanoseconds;
	uint64_t check;
};

_Noreturn static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int bpf(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static inline uint64_t read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * UINT64_C(1000000000) + time.tv_nsec;
}

/* What this process has used of the CPUs: whatever else the machine does is not counted. */
static inline uint64_t now(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* The time that has passed, for what two processes do together. */
static inline uint64_t wall(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* An odd factor: all keys below max_entries, each once, far from each other. */
static inline uint32_t key_of(const struct map *map, uint32_t number)
{
	return (number * UINT32_C(0x9e3779b1)) & (map->max_entries - 1);
}

/* Where keys have 8 bytes, the map is an LPM trie, and they are whole addresses: struct bpf_lpm_trie_key. */
static inline void put_key(const struct map *map, unsigned char *to, uint32_t key)
{
	uint32_t prefix[2] = { 32, htobe32(key) };

	if (map->key_size == sizeof(prefix))
		memcpy(to, prefix, sizeof(prefix));
	else
		memcpy(to, &key, sizeof(key));
}

/* The lowest byte of a key. */
static inline unsigned char low_of_key(const struct map *map, const unsigned char *key)
{
	return key[map->key_size == 8 ? 7 : 0];
}

/* The lowest bytes of all CPUs' values. */
static inline uint64_t low_of_value(const struct map *map, const unsigned char *value)
{
	uint64_t sum = 0;

	for (uint32_t slot = 0; slot < map->slots; slot++)
		sum += value[8 * slot];
	return sum;
}

struct answer get_elements(const struct map *map, const struct request *request);
struct answer set_elements(const struct map *map, const struct request *request);
struct answer delete_elements(const struct map *map, const struct request *request);
struct answer iterate(const struct map *map, const struct request *request);

struct answer dump(const struct map *map, const struct request *request);
struct answer load(const struct map *map, const struct request *request);
struct answer clear(const struct map *map, const struct request *request);

struct answer produce(const struct map *map, const struct request *request);
struct answer consume(const struct map *map, const struct request *request);
struct answer flood(const struct map *map, const struct request *request);
struct answer receive(const struct map *map, const struct request *request);

struct answer read_memory(const struct map *map, const struct request *request);
struct answer write_memory(const struct map *map, const struct request *request);

#endif
