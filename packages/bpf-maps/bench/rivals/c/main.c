/* Answers requests, one a line: OPERATION ID START COUNT. An answer is: NANOSECONDS CHECK. */
#include <pthread.h>

#include "rival.h"

static const struct {
	const char *name;
	struct answer (*run)(const struct map *map, const struct request *request);
} operations[] = {
	{ "get", get_elements },  { "set", set_elements },     { "delete", delete_elements },
	{ "iterate", iterate },   { "dump", dump },            { "load", load },
	{ "clear", clear },       { "produce", produce },      { "consume", consume },
	{ "read", read_memory },  { "write", write_memory },
	{ "flood", flood },       { "receive", receive },
};

static uint32_t possible_cpus(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/possible", "r");
	uint32_t count = 0;
	unsigned int first, last;

	if (!file)
		die("/sys/devices/system/cpu/possible");
	while (fscanf(file, "%u", &first) == 1) {
		int separator = fgetc(file);

		last = first;
		if (separator == '-') {
			if (fscanf(file, "%u", &last) != 1)
				break;
			separator = fgetc(file);
		}
		count += last - first + 1;
		if (separator != ',')
			break;
	}
	fclose(file);
	return count;
}

static struct map open_map(uint32_t id)
{
	union bpf_attr by_id = { .map_id = id };
	struct bpf_map_info info = {};
	struct map map = { .fd = bpf(BPF_MAP_GET_FD_BY_ID, &by_id), .slots = 1 };

	if (map.fd < 0)
		die("BPF_MAP_GET_FD_BY_ID");
	union bpf_attr about = { .info = { .bpf_fd = map.fd, .info_len = sizeof(info), .info = (uintptr_t)&info } };
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &about) < 0)
		die("BPF_OBJ_GET_INFO_BY_FD");
	map.key_size = info.key_size;
	map.max_entries = info.max_entries;
	map.value_bytes = info.value_size;
	if (info.type == BPF_MAP_TYPE_PERCPU_ARRAY || info.type == BPF_MAP_TYPE_PERCPU_HASH) {
		map.slots = possible_cpus();
		map.value_bytes = (info.value_size + 7) / 8 * 8 * map.slots;
	}
	return map;
}

static struct answer run(const struct request *request)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, request->operation) == 0) {
			struct map map = open_map(request->id);
			struct answer answer = operations[i].run(&map, request);

			close(map.fd);
			return answer;
		}
	}
	fprintf(stderr, "there is no operation %s\n", request->operation);
	exit(2);
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* In a process with several threads, as programs in Go and JavaScript are, the kernel counts who uses a descriptor. */
static void start_idle_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, wait_for_ever, NULL);
	if (errno)
		die("pthread_create");
}

int main(int argc, char **argv)
{
	struct request request;

	if (argc > 1 && strcmp(argv[1], "threads") == 0)
		start_idle_thread();

	while (scanf("%31s %u %u %u", request.operation, &request.id, &request.start, &request.count) == 4) {
		struct answer answer = run(&request);

		printf("%lu %lu\n", answer.nanoseconds, answer.check);
		fflush(stdout);
	}
	return 0;
}
