/*
 * csmfs STORE DIR: shows one release of the store at DIR until it is unmounted or told to end.
 *
 * In the background way the command comes back when the mount answers, or with the reason
 * why it does not: the process that was started waits for a byte from the supervisor
 * (fs/supervisor.c), which has the store served by a process of its own (fs/worker.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/options.h"
#include "fs/protocol.h"
#include "fs/supervisor.h"
#include "fs/version.h"
#include "fs/worker.h"
#include "store/base/cleanup.h"
#include "store/store.h"

#define EXIT_HELPER_USAGE 1 /* codes of mount(8) */
#define EXIT_HELPER_FAILED 32
#define HEAPS_MAX 2
#define MMAP_BYTES (512 << 10)
#define TRIM_BYTES (4 << 20)

/* 0 when the byte came. The child has said on stderr what is wrong when it did not. */
static int wait_ready(int fd, pid_t child)
{
	char byte;
	int status;
	ssize_t got;

	do {
		got = read(fd, &byte, 1);
	} while (got < 0 && errno == EINTR);
	if (got == 1)
		return 0;
	waitpid(child, &status, 0);
	return -EIO;
}

static int start_in_background(const struct options *options)
{
	int ends[2], err;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (child > 0) {
		close(ends[1]);
		err = wait_ready(ends[0], child);
		close(ends[0]);
		return err;
	}
	close(ends[0]);
	setsid();
	err = chdir("/") < 0 ? -errno : supervisor_run(options, ends[1]);
	_exit(err ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* The protocol is known to a mount only: it is in the log and in .csmfs/version. */
static int print_version(void)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;

	buffer_printf(&text, "csmfs " CSMFS_VERSION "\nformat %d\n", STORE_FORMAT_VERSION);
	version_libraries(&text);
	buffer_u8(&text, 0);
	if (buffer_failed(&text))
		return EXIT_FAILURE;
	fputs((const char *)text.data, stdout);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(const struct options *options)
{
	char layout[ROLE_LAYOUT_SIZE];

	if (options->help) {
		fputs(options_usage, stdout);
		return EXIT_SUCCESS;
	}
	if (options->layout) {
		role_layout(layout);
		return strcmp(layout, options->layout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (options->version)
		return print_version();
	if (options->fake)
		return EXIT_SUCCESS;
	if (options->role.kind == ROLE_WORKER)
		return worker_run(options);
	if (options->foreground || options->role.kind == ROLE_SUPERVISOR ? supervisor_run(options, -1)
									 : start_in_background(options))
		return options->is_helper ? EXIT_HELPER_FAILED : EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/*
 * Cached blocks and chunks of all sizes are made in one thread and freed in another. With a heap
 * for each of them, as malloc has it, half of what the heaps hold is holes. The engine's
 * megabytes are mapped, so that they go back when they are freed; a block of content is smaller
 * and is not, for it is made and freed with every read.
 */
static void bound_heaps(void)
{
	mallopt(M_ARENA_MAX, HEAPS_MAX);
	mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
}

int main(int argc, char **argv)
{
	_cleanup_(options_release) struct options options;
	_cleanup_free_ char *message = NULL;
	int err = options_parse(argc, argv, &options, &message);

	bound_heaps();
	umask(0);
	if (!err)
		return run(&options);
	fprintf(stderr, "csmfs: %s\n", message ? message : strerror(-err));
	return EXIT_HELPER_USAGE;
}
