/*
 * with-token OPTION=VALUE... -- COMMAND [ARG...]: runs a command in a user namespace of its own, with a BPF file system
 * that delegates to it what the options (delegate_cmds, delegate_maps, …) say. The command finds its directory at the
 * descriptor whose number is in BPFFS_FD. Which process does what is prescribed: the namespace opens the file system,
 * whoever is privileged outside of it sets the options, and mounts it (kernel/bpf/inode.c).
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void send_fd(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(to, &message, 0) != 1)
		err(1, "sendmsg");
}

static int receive_fd(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(from, &message, 0) != 1)
		err(1, "recvmsg");
	header = CMSG_FIRSTHDR(&message);
	if (!header)
		errx(1, "no descriptor came");
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}

static void run_in_namespace(int socket, char **command)
{
	char number[16];
	int context, mount_fd, directory;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		err(1, "unshare");
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 0 1");
	write_file("/proc/self/gid_map", "0 0 1");
	context = syscall(__NR_fsopen, "bpf", 0);
	if (context < 0)
		err(1, "fsopen");
	send_fd(socket, context);
	mount_fd = receive_fd(socket);
	directory = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		err(1, "openat");
	snprintf(number, sizeof(number), "%d", directory);
	setenv("BPFFS_FD", number, 1);
	execvp(command[0], command);
	err(1, "%s", command[0]);
}

static int mount_with(int context, char **options, char **end)
{
	int fd;

	for (; options < end; options++) {
		char *value = strchr(*options, '=');

		if (!value)
			errx(2, "%s: expected OPTION=VALUE", *options);
		*value++ = 0;
		if (syscall(__NR_fsconfig, context, FSCONFIG_SET_STRING, *options, value, 0))
			err(1, "%s", *options);
	}
	if (syscall(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		err(1, "fsconfig");
	fd = syscall(__NR_fsmount, context, 0, 0);
	if (fd < 0)
		err(1, "fsmount");
	return fd;
}

int main(int argc, char **argv)
{
	char **end = argv + 1;
	int sockets[2], status;
	pid_t child;

	while (end < argv + argc && strcmp(*end, "--"))
		end++;
	if (end + 1 >= argv + argc)
		errx(2, "usage: with-token OPTION=VALUE... -- COMMAND [ARG...]");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		err(1, "socketpair");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		close(sockets[0]);
		run_in_namespace(sockets[1], end + 1);
	}
	close(sockets[1]);
	send_fd(sockets[0], mount_with(receive_fd(sockets[0]), argv + 1, end));
	if (waitpid(child, &status, 0) < 0)
		err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
