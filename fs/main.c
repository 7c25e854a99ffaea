/*
 * csmfs STORE DIR: opens the store, mounts one release of it, serves until it is unmounted or
 * told to end, and leaves everything on disk.
 *
 * In the background way the command comes back when the mount answers, or with the reason
 * why it does not: the process that was started waits for a byte from the one that serves.
 * The store is opened after the fork, for its engine has threads.
 *
 * Signals end the loop of the main thread. All other threads are started with them blocked,
 * so that it is the main thread that is interrupted.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/confine.h"
#include "fs/mountpoint.h"
#include "fs/ops.h"
#include "fs/options.h"
#include "fs/protocol.h"
#include "fs/upkeep.h"
#include "fs/version.h"
#include "store/base/log.h"

#define EXIT_HELPER_USAGE 1 /* codes of mount(8) */
#define EXIT_HELPER_FAILED 32
#define HEAPS_MAX 2
#define MMAP_BYTES (512 << 10)
#define TRIM_BYTES (4 << 20)
#define LOCK_TRIES 50       /* a tenth of a second each: for a daemon that is about to end */

struct server {
	const struct options *options;
	struct store *store;
	struct mount *mount;
	struct upkeep *upkeep;
	int ready_fd; /* -1: nobody waits */
};

static void complain(const char *object, int code)
{
	const char *way = error_way_out(code);

	fprintf(stderr, "csmfs: %s: %s%s%s\n", object, error_text(code), way[0] ? "; " : "", way);
}

/* ---- the store ---- */

/*
 * A store that is locked but not mounted belongs to a daemon that is just writing its last:
 * umount(8) does not wait for that, and neither does whoever killed it.
 */
static int open_store(struct server *server)
{
	const struct options *options = server->options;
	_cleanup_free_ char *message = NULL;
	int err = -EAGAIN;

	for (int i = 0; i < LOCK_TRIES; i++) {
		free(take_pointer(&message));
		err = store_open(options->store, options->cache_bytes, &server->store, &message);
		if (err != -CSM_STORE_BUSY || mountpoint_has_store(options->store))
			break;
		usleep(100000);
	}
	if (err && message)
		fprintf(stderr, "csmfs: %s\n", message);
	else if (err)
		complain(options->store, err);
	return err;
}

/* ---- the session ---- */

/* The kernel has greeted: who waits may go, and our words go to the system's log from now on. */
static void leave_terminal(struct server *server)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	log_open(LOG_TO_SYSLOG, LOG_LEVEL_NOTICE, "csmfs");
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
	if (write(server->ready_fd, "", 1) < 0)
		log_line(LOG_LEVEL_WARNING, "nobody waits for the mount any more");
	close(server->ready_fd);
	server->ready_fd = -1;
}

static void on_ready(void *context)
{
	struct server *server = context;

	if (server->ready_fd >= 0)
		leave_terminal(server);
	version_log(server->mount);
}

static int loop(struct server *server, struct fuse_session *session)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int result;

	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_clone_fd(config, server->options->clone_fd);
	fuse_loop_cfg_set_max_threads(config, server->options->threads);
	result = fuse_session_loop_mt(session, config);
	fuse_loop_cfg_destroy(config);
	/*
	 * Positive: the signal that ended it. ECONNABORTED: the kernel took the mount away while it
	 * was handing a request over; at any other moment the same unmount gives ENODEV, which
	 * libfuse takes for the end.
	 */
	return result > 0 || result == -ECONNABORTED ? 0 : result;
}

static int serve_session(struct server *server, struct fuse_session *session)
{
	sigset_t ending;
	int err = upkeep_start(server->mount->filespace, &server->upkeep);

	if (err)
		return err;
	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGHUP);
	if (fuse_set_signal_handlers(session) == 0) {
		pthread_sigmask(SIG_UNBLOCK, &ending, NULL);
		err = loop(server, session);
		store_say_closing(server->store);
		pthread_sigmask(SIG_BLOCK, &ending, NULL);
		fuse_remove_signal_handlers(session);
	} else {
		err = -EINVAL;
	}
	upkeep_stop(server->upkeep);
	return err;
}

/* libfuse has said why on stderr when it refuses an option or the mount. */
static int serve_mount(struct server *server)
{
	struct fuse_args args;
	struct fuse_session *session;
	int err = options_fuse_args(server->options, geteuid() == 0, &args);

	if (err)
		return err;
	session = fuse_session_new(&args, ops_table(), sizeof(*ops_table()), server->mount);
	fuse_opt_free_args(&args);
	if (!session)
		return -EINVAL;
	server->mount->session = session;
	server->mount->ready = on_ready;
	server->mount->ready_context = server;
	confine_may_mount(true);
	err = fuse_session_mount(session, server->options->directory) == 0 ? 0 : -EIO;
	confine_may_mount(false);
	if (!err) {
		err = serve_session(server, session);
		confine_may_mount(true);
		fuse_session_unmount(session);
		confine_may_mount(false);
	}
	mount_close(take_pointer(&server->mount));
	fuse_session_destroy(session);
	return err;
}

/* ---- the program ---- */

static int serve(const struct options *options, int ready_fd)
{
	struct server server = { .options = options, .ready_fd = ready_fd };
	int err = mountpoint_clear(options->directory);

	if (err >= 0)
		err = mountpoint_check(options->directory);
	if (err) {
		complain(options->directory, err);
		return err;
	}
	confine_begin();
	err = open_store(&server);
	if (err)
		return err;
	err = mount_open(server.store, options->release, &server.mount);
	if (err)
		complain(options->release[0] ? options->release : options->store, err);
	else
		err = serve_mount(&server);
	mount_close(server.mount);
	store_close(server.store);
	return err;
}

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

static int serve_in_background(const struct options *options)
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
	err = chdir("/") < 0 ? -errno : serve(options, ends[1]);
	_exit(err ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void block_signals(void)
{
	sigset_t ending;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ending, NULL);
	signal(SIGPIPE, SIG_IGN);
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
	if (options->help) {
		fputs(options_usage, stdout);
		return EXIT_SUCCESS;
	}
	if (options->version) {
		return print_version();
	}
	if (options->fake)
		return EXIT_SUCCESS;
	block_signals();
	if (options->foreground ? serve(options, -1) : serve_in_background(options))
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
