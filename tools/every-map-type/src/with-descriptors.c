/*
 * with-descriptors PROGRAMS CGROUP COMMAND [ARG...]: opens what Node.js cannot open or hand down, and becomes the
 * command, which inherits the descriptors. Their numbers are in the environment: TCP_FD and REUSEPORT_FD (sockets that
 * listen on the loopback address) with TCP_COOKIE and REUSEPORT_COOKIE, XDP_FD (a socket of AF_XDP), PID_FD (of the
 * process), FILE_FD (of a file), CGROUP_FD (of the directory CGROUP), and PROGRAM_FD_<name> of each program that is
 * pinned in the directory PROGRAMS. It also runs record_stack, which bpftool cannot: it gives programs that trace room
 * for packets.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void export(const char *name, unsigned long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", number);
	if (setenv(name, text, 1))
		err(1, "setenv");
}

static int export_fd(const char *name, int fd)
{
	if (fd < 0)
		err(1, "%s", name);
	export(name, fd);
	return fd;
}

static int open_program(const char *directory, const char *name)
{
	char path[512];
	union bpf_attr attr;
	int fd, kept;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)path;
	fd = syscall(__NR_bpf, BPF_OBJ_GET, &attr, sizeof(attr));
	if (fd < 0)
		err(1, "%s", path);
	/* The kernel closes its descriptors on exec, but not copies of them. */
	kept = dup(fd);
	close(fd);
	return kept;
}

/* A number of sockets may listen on the port, as a reuseport_sockarray wants. */
static void open_listener(const char *fd_name, const char *cookie_name)
{
	const struct sockaddr_in loopback = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int one = 1;
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);
	int fd = export_fd(fd_name, socket(AF_INET, SOCK_STREAM, 0));

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) || listen(fd, 1) ||
	    getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length))
		err(1, "%s", fd_name);
	export(cookie_name, cookie);
}

static void run(int program)
{
	uint64_t context[8] = { 0 };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = program;
	attr.test.ctx_in = (uintptr_t)context;
	attr.test.ctx_size_in = sizeof(context);
	if (syscall(__NR_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)))
		err(1, "BPF_PROG_TEST_RUN");
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *programs;
	int pid;

	if (argc < 4)
		errx(2, "usage: with-descriptors PROGRAMS CGROUP COMMAND [ARG...]");

	open_listener("TCP_FD", "TCP_COOKIE");
	open_listener("REUSEPORT_FD", "REUSEPORT_COOKIE");
	export_fd("XDP_FD", socket(AF_XDP, SOCK_RAW, 0));
	pid = syscall(__NR_pidfd_open, getpid(), 0);
	if (pid < 0)
		err(1, "pidfd_open");
	export_fd("PID_FD", dup(pid));
	export_fd("FILE_FD", open(argv[0], O_RDONLY));
	export_fd("CGROUP_FD", open(argv[2], O_RDONLY | O_DIRECTORY));

	programs = opendir(argv[1]);
	if (!programs)
		err(1, "%s", argv[1]);
	while ((entry = readdir(programs))) {
		char name[300];
		int program;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "PROGRAM_FD_%s", entry->d_name);
		program = export_fd(name, open_program(argv[1], entry->d_name));
		if (!strcmp(entry->d_name, "record_stack"))
			run(program);
	}
	closedir(programs);

	execvp(argv[3], argv + 3);
	err(1, "%s", argv[3]);
}
