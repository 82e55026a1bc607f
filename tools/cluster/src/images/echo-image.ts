import { compiledImage } from './compiled-image.ts';

/** What manifests call the image of {@link echoImage}. */
export const ECHO_IMAGE = 'localhost/blixt-echo:1';

/**
 * Answers every TCP connection and every UDP packet at port 8080, by IPv4 and IPv6, with one line: which pod it is,
 * on which node (`POD_NAME`, `NODE_NAME`), and whom it sees as the client. TCP has it as the body of an HTTP answer,
 * so that curl shows it; the server waits for no request.
 */
const SOURCE = `#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "?";
}

static int describe(char *line, size_t size, const char *protocol, const struct sockaddr_in6 *client)
{
	char address[INET6_ADDRSTRLEN];
	inet_ntop(AF_INET6, &client->sin6_addr, address, sizeof(address));
	return snprintf(line, size, "%s from pod %s on %s; client %s port %d\\n", protocol, variable("POD_NAME"),
			variable("NODE_NAME"), strncmp(address, "::ffff:", 7) ? address : address + 7,
			ntohs(client->sin6_port));
}

static int open_socket(int type)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(8080) };
	int off = 0, on = 1, fd = socket(AF_INET6, type, 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 || (type == SOCK_STREAM && listen(fd, 1024) != 0)) {
		perror("port 8080");
		exit(1);
	}
	return fd;
}

/* Closed only when the client has, or after a second: what is unread at a close is answered with a reset. */
static void serve_connection(int fd, const struct sockaddr_in6 *client)
{
	char line[256], answer[512], request[4096];
	int length = describe(line, sizeof(line), "TCP", client);
	int size = snprintf(answer, sizeof(answer),
			    "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: %d\\r\\n"
			    "Connection: close\\r\\n\\r\\n%s", length, line);
	if (write(fd, answer, size) == size && shutdown(fd, SHUT_WR) == 0) {
		alarm(1);
		while (read(fd, request, sizeof(request)) > 0)
			;
	}
	_exit(0);
}

static void end(int number)
{
	_exit(0);
}

int main(void)
{
	/* The first process of a container is not ended by signals that it does not handle. */
	signal(SIGTERM, end);
	signal(SIGINT, end);
	signal(SIGCHLD, SIG_IGN);
	struct pollfd sockets[] = {
		{ .fd = open_socket(SOCK_STREAM), .events = POLLIN },
		{ .fd = open_socket(SOCK_DGRAM), .events = POLLIN },
	};
	for (;;) {
		struct sockaddr_in6 client;
		socklen_t length = sizeof(client);
		poll(sockets, 2, -1);
		if (sockets[0].revents & POLLIN) {
			int fd = accept(sockets[0].fd, (struct sockaddr *)&client, &length);
			if (fd >= 0 && fork() == 0)
				serve_connection(fd, &client);
			close(fd);
		}
		if (sockets[1].revents & POLLIN) {
			char packet[2048], line[256];
			length = sizeof(client);
			if (recvfrom(sockets[1].fd, packet, sizeof(packet), 0, (struct sockaddr *)&client, &length) >= 0) {
				int size = describe(line, sizeof(line), "UDP", &client);
				sendto(sockets[1].fd, line, size, 0, (struct sockaddr *)&client, length);
			}
		}
	}
}
`;

/**
 * The path of an archive with a server for trying things out, of a few kilobytes; made when the cache does not have
 * it.
 */
export const echoImage = (): Promise<string> =>
  compiledImage({ name: ECHO_IMAGE, program: 'echo', source: SOURCE });
