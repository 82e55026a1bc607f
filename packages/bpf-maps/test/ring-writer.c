/*
 * Writes records into a ring buffer the way that programs do: an XDP program of a few instructions, run by
 * BPF_PROG_TEST_RUN. Tests compile this with the C compiler that the addon needs anyway.
 *
 * usage: ring-writer PIN FIRST COUNT SIZE output|submit|discard
 *
 * Record i holds the 64-bit number FIRST + i and SIZE - 8 bytes of (FIRST + i) & 0xff, with submit of whatever was
 * there. When the ring is full the record is tried again, so nothing is lost here either. Prints how often that was.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* enum bpf_func_id, include/uapi/linux/bpf.h */
#define XDP_LOAD_BYTES 189
#define RINGBUF_OUTPUT 130
#define RINGBUF_RESERVE 131
#define RINGBUF_SUBMIT 132
#define RINGBUF_DISCARD 133

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define CALL(f) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LD_MAP(d, fd) INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int load(const struct bpf_insn *insns, int count)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t)"Apache-2.0",
		.log_level = 1,
		.log_size = sizeof(log),
		.log_buf = (uintptr_t)log,
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0) {
		fprintf(stderr, "%s\n", log);
		die("BPF_PROG_LOAD");
	}
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: %s PIN FIRST COUNT SIZE output|submit|discard\n", argv[0]);
		return 2;
	}
	uint64_t first = strtoull(argv[2], NULL, 10);
	uint64_t count = strtoull(argv[3], NULL, 10);
	int size = atoi(argv[4]);
	union bpf_attr get = { .pathname = (uintptr_t)argv[1] };
	int map = bpf(BPF_OBJ_GET, &get);

	if (map < 0)
		die(argv[1]);
	int outputs = strcmp(argv[5], "output") == 0;
	int packet_size = size > 400 ? 400 : size;
	if (size < 16 || (outputs && size > 400)) {
		fprintf(stderr, "SIZE must be 16 to 400, or more for submit and discard\n");
		return 2;
	}
	int stack = -((packet_size + 7) / 8 * 8);
	const struct bpf_insn output[] = {
		MOV_IMM(2, 0), MOV(3, 10), ADD_IMM(3, stack), MOV_IMM(4, size), CALL(XDP_LOAD_BYTES),
		LD_MAP(1, map), MOV(2, 10), ADD_IMM(2, stack), MOV_IMM(3, size), MOV_IMM(4, 0), CALL(RINGBUF_OUTPUT),
		EXIT(),
	};
	const struct bpf_insn submit[] = {
		MOV_IMM(2, 0), MOV(3, 10), ADD_IMM(3, -8), MOV_IMM(4, 8), CALL(XDP_LOAD_BYTES),
		LD_MAP(1, map), MOV_IMM(2, size), MOV_IMM(3, 0), CALL(RINGBUF_RESERVE),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0), MOV_IMM(0, -1), EXIT(),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 2, 10, -8, 0), INSN(BPF_STX | BPF_MEM | BPF_DW, 0, 2, 0, 0),
		MOV(1, 0), MOV_IMM(2, 0), CALL(RINGBUF_SUBMIT), MOV_IMM(0, 0),
		EXIT(),
	};
	const struct bpf_insn discard[] = {
		LD_MAP(1, map), MOV_IMM(2, size), MOV_IMM(3, 0), CALL(RINGBUF_RESERVE),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0), MOV_IMM(0, -1), EXIT(),
		MOV(1, 0), MOV_IMM(2, 0), CALL(RINGBUF_DISCARD), MOV_IMM(0, 0),
		EXIT(),
	};
	int program = outputs ? load(output, sizeof(output) / sizeof(output[0]))
		      : strcmp(argv[5], "submit") == 0
			      ? load(submit, sizeof(submit) / sizeof(submit[0]))
			      : load(discard, sizeof(discard) / sizeof(discard[0]));
	unsigned long full = 0;

	for (uint64_t i = first; i < first + count;) {
		unsigned char record[512];

		memset(record, (int)(i & 0xff), sizeof(record));
		memcpy(record, &i, sizeof(i));
		union bpf_attr run = {
			.test = { .prog_fd = program, .data_size_in = packet_size, .data_in = (uintptr_t)record, .repeat = 1 },
		};
		if (bpf(BPF_PROG_TEST_RUN, &run) < 0)
			die("BPF_PROG_TEST_RUN");
		if (run.test.retval == 0) {
			i++;
		} else {
			full++;
			usleep(200);
		}
	}
	printf("%lu\n", full);
	return 0;
}
