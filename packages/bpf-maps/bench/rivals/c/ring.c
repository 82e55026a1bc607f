/* Fills a ring buffer from the kernel, and drains one with libbpf. */
#include <bpf/libbpf.h>

#include "rival.h"

#define RECORD 64
#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define STORE_IMM(off, i) INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, off, i)
#define MOV_IMM(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)

/* The first word of records, and of the one that ends a flood of them. */
#define RECORD_WORD 1
#define LAST_RECORD 2

/* A program that puts one record of 64 bytes into the ring, whose first word is `word`; its result is 0 if it fitted. */
static int load_writer(const struct map *map, int word, int flags)
{
	const struct bpf_insn insns[] = {
		STORE_IMM(-64, word), STORE_IMM(-56, 0), STORE_IMM(-48, 0), STORE_IMM(-40, 0),
		STORE_IMM(-32, 0), STORE_IMM(-24, 0), STORE_IMM(-16, 0), STORE_IMM(-8, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map->fd), INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -RECORD),
		MOV_IMM(BPF_REG_3, RECORD),
		MOV_IMM(BPF_REG_4, flags),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr program = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t)"Apache-2.0",
	};
	int fd = bpf(BPF_PROG_LOAD, &program);

	if (fd < 0)
		die("BPF_PROG_LOAD");
	return fd;
}

/* Runs a writer `repeat` times; its last result. */
static uint32_t run_writer(int fd, uint32_t repeat)
{
	unsigned char packet[64] = {};
	union bpf_attr run = {
		.test = {
			.prog_fd = fd,
			.data_size_in = sizeof(packet),
			.data_in = (uintptr_t)packet,
			.repeat = repeat,
		},
	};

	if (bpf(BPF_PROG_TEST_RUN, &run) < 0)
		die("BPF_PROG_TEST_RUN");
	return run.test.retval;
}

/* Puts `count` records into a ring that is empty. */
struct answer produce(const struct map *map, const struct request *request)
{
	int fd = load_writer(map, RECORD_WORD, BPF_RB_NO_WAKEUP);
	uint64_t began = now();
	uint32_t result = run_writer(fd, request->count);
	uint64_t ended = now();

	close(fd);
	if (result != 0) {
		fprintf(stderr, "the ring buffer has no space for %u records\n", request->count);
		exit(1);
	}
	return (struct answer){ ended - began, request->count };
}

/* Tries to put `count` records into a ring, as fast as the kernel can, and then the last one, until there is room. */
struct answer flood(const struct map *map, const struct request *request)
{
	int writer = load_writer(map, RECORD_WORD, 0);
	int last = load_writer(map, LAST_RECORD, 0);
	uint64_t began = wall();

	run_writer(writer, request->count);
	uint64_t ended = wall();
	while (run_writer(last, 1) != 0)
		usleep(100);
	close(writer);
	close(last);
	return (struct answer){ ended - began, request->count };
}

static int take(void *context, void *data, size_t size)
{
	if (size >= sizeof(uint64_t))
		*(uint64_t *)context += *(unsigned char *)data;
	return 0;
}

struct answer consume(const struct map *map, const struct request *request)
{
	uint64_t check = 0;
	uint32_t count = 0;
	struct ring_buffer *ring = ring_buffer__new(map->fd, take, &check, NULL);

	if (!ring)
		die("ring_buffer__new");
	uint64_t began = now();
	while (count < request->count) {
		int taken = ring_buffer__consume(ring);

		if (taken < 0)
			die("ring_buffer__consume");
		count += taken;
	}
	uint64_t ended = now();
	ring_buffer__free(ring);
	return (struct answer){ ended - began, check };
}

struct received {
	uint64_t began;
	uint64_t ended;
	uint64_t count;
};

static int receive_one(void *context, void *data, size_t size)
{
	struct received *received = context;
	uint32_t word = 0;

	if (size >= sizeof(word))
		memcpy(&word, data, sizeof(word));
	if (received->count++ == 0)
		received->began = wall();
	if (word == LAST_RECORD)
		received->ended = wall();
	return 0;
}

/* Takes records as they come up to the last one: how many, and how long that took since the first. */
struct answer receive(const struct map *map, const struct request *request)
{
	struct received received = {};
	struct ring_buffer *ring = ring_buffer__new(map->fd, receive_one, &received, NULL);

	(void)request;
	if (!ring)
		die("ring_buffer__new");
	while (received.ended == 0) {
		if (ring_buffer__poll(ring, -1) < 0)
			die("ring_buffer__poll");
	}
	ring_buffer__free(ring);
	return (struct answer){ received.ended - received.began, received.count };
}
