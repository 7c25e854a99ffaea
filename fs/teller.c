/*
 * The process is forked from the worker and has a copy of its memory, but runs only what is here: it
 * reads from its socket, writes to the kernel, and answers by a byte for each message. It does not die with the
 * worker: what the worker has handed over is still told.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/channel.h"
#include "fs/role.h"
#include "fs/teller.h"

#define FIRST_FREE (STDERR_FILENO + 1)
#define KNOWN_MAX  (TELLER_SIZE / sizeof(struct fuse_out_header))

/* What the kernel said of each: "it has no such thing", or anything else. */
static size_t tell_all(int device, const uint8_t *messages, size_t size, uint8_t *ret_known)
{
	struct fuse_out_header header;
	size_t count = 0;

	while (size >= sizeof(header) && count < KNOWN_MAX) {
		memcpy(&header, messages, sizeof(header));
		if (header.len < sizeof(header) || header.len > size)
			break;
		ret_known[count++] = write(device, messages, header.len) >= 0 || errno != ENOENT;
		messages += header.len;
		size -= header.len;
	}
	return count;
}

static void work(int socket)
{
	static uint8_t messages[TELLER_SIZE], known[KNOWN_MAX];
	enum channel_word word;
	int device = -1;
	ssize_t size;

	role_show("csmfs-tell");
	if (channel_receive(socket, &word, &device) || device < 0)
		return;
	while ((size = recv(socket, messages, sizeof(messages), 0)) > 0 ||
	       (size < 0 && errno == EINTR)) {
		if (size < 0)
			continue;
		if (send(socket, known, tell_all(device, messages, (size_t)size, known),
			 MSG_NOSIGNAL) < 0 &&
		    errno != EPIPE && errno != ECONNRESET)
			return;
	}
}

/* Nothing that is open is of use here, and others would wait for its end. */
static void leave_everything(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < FIRST_FREE; fd++)
		dup2(null, fd);
	if (socket != FIRST_FREE)
		dup2(socket, FIRST_FREE);
	close_range(FIRST_FREE + 1, ~0U, 0);
}

int teller_start(int *ret_socket)
{
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	child = fork();
	if (child == 0) {
		leave_everything(ends[1]);
		work(FIRST_FREE);
		_exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return -errno;
	}
	*ret_socket = ends[0];
	return 0;
}

int teller_give_device(int socket, int device)
{
	return channel_send(socket, CHANNEL_DEVICE, device);
}

struct teller_inode teller_inode(uint64_t node, bool with_content)
{
	/* Beginning and length in bytes: 0, 0 is all of it, -1 none. */
	return (struct teller_inode){
		.header = { .len = sizeof(struct teller_inode), .error = FUSE_NOTIFY_INVAL_INODE },
		.inode = { .ino = node, .off = with_content ? 0 : -1 },
	};
}

int teller_ask(int socket, const void *messages, size_t size, size_t count, bool *ret_known)
{
	uint8_t known[KNOWN_MAX];
	ssize_t got;

	if (send(socket, messages, size, MSG_NOSIGNAL) < 0)
		return -errno;
	do {
		got = recv(socket, known, sizeof(known), 0);
	} while (got < 0 && errno == EINTR);
	if (got <= 0 || (size_t)got < count)
		return -EPIPE;
	for (size_t i = 0; i < count; i++)
		ret_known[i] = known[i];
	return 0;
}

int teller_tell(int socket, const void *messages, size_t size)
{
	return teller_ask(socket, messages, size, 0, NULL);
}
