/*
 * The worker's life: opens the store, gets the descriptor of the mount, serves until the mount is
 * gone or a signal comes, and leaves everything on disk.
 *
 * The supervisor mounts when the first worker has opened the store, so nothing is mounted that
 * could not be served. A worker that comes later finds a mount, and callers who wait in it.
 *
 * When the supervisor dies, so does the worker, at once: the store is free then, and the dead mount
 * is cleaned up by whoever mounts next.
 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fs/channel.h"
#include "fs/confine.h"
#include "fs/handover.h"
#include "fs/loop.h"
#include "fs/mount.h"
#include "fs/mountpoint.h"
#include "fs/ops.h"
#include "fs/options.h"
#include "fs/sandbox.h"
#include "fs/teller.h"
#include "fs/upkeep.h"
#include "fs/version.h"
#include "fs/worker.h"
#include "store/base/log.h"

#define LOCK_PAUSE_US 100000
#define LOCK_TRIES    50 /* for a daemon that is about to end */
#define LOCK_TRIES_RESUMED                                                                         \
	6000 /* callers wait in the mount: whoever has the store now will let go of it */

struct worker {
	const struct options *options;
	struct handover *handover;
	struct store *store;
	struct mount *mount;
	struct upkeep *upkeep;
	int device, spare, tellers[TELLERS];
	bool is_ready;
};

/* The first worker talks to who started csmfs, all others to who reads the log. */
static void complain(const struct worker *worker, const char *text)
{
	if (worker->is_ready || (worker->handover && worker->handover->resumed))
		log_line(LOG_LEVEL_ERROR, "%s", text);
	else
		fprintf(stderr, "csmfs: %s\n", text);
}

static void complain_of(const struct worker *worker, const char *object, int code)
{
	const char *way = error_way_out(code);
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s: %s%s%s", object, error_text(code), way[0] ? "; " : "", way) < 0)
		text = NULL;
	complain(worker, text ? text : object);
}

/* ---- the store ---- */

/*
 * A store that is locked but not mounted belongs to a daemon that is just writing its last:
 * umount(8) does not wait for that, and neither does whoever killed it.
 */
static int open_store(struct worker *worker)
{
	const struct options *options = worker->options;
	bool resumed = worker->handover->resumed;
	struct store_session session = { .unstored_fd = options->role.unstored,
					 .lock_fd = options->role.lock };
	_cleanup_free_ char *message = NULL;
	int err = -EAGAIN;

	for (int i = 0; i < (resumed ? LOCK_TRIES_RESUMED : LOCK_TRIES); i++) {
		free(take_pointer(&message));
		err = store_open_session(options->store, options->cache_bytes, &session,
					 &worker->store, &message);
		if (err != -CSM_STORE_BUSY || (!resumed && mountpoint_has_store(options->store)))
			break;
		usleep(LOCK_PAUSE_US);
	}
	if (err && message)
		complain(worker, message);
	else if (err)
		complain_of(worker, options->store, err);
	return err;
}

static int open_mount(struct worker *worker)
{
	const struct options *options = worker->options;
	int err = mount_open(worker->store, options->release, worker->handover, &worker->mount);

	if (err)
		complain_of(worker, options->release[0] ? options->release : options->store, err);
	return err;
}

/* The supervisor has said why when it has no descriptor for us. */
static int get_device(struct worker *worker)
{
	int channel = worker->options->role.channel, err;
	enum channel_word word = CHANNEL_OPENED;

	err = channel_send(channel, CHANNEL_OPENED, worker->store->lock_fd);
	if (!err)
		err = channel_receive(channel, &word, &worker->device);
	if (!err && (word != CHANNEL_DEVICE || worker->device < 0))
		err = -EPROTO;
	for (int i = 0; !err && i < TELLERS; i++)
		err = teller_give_device(worker->tellers[i], worker->device);
	return err;
}

/* ---- the session ---- */

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	log_open(LOG_TO_SYSLOG, LOG_LEVEL_NOTICE, "csmfs");
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

/* The kernel has greeted: our words go to the system's log from now on. */
static void on_ready(void *context)
{
	struct worker *worker = context;

	if (!worker->options->foreground && !worker->handover->resumed)
		leave_terminal();
	worker->is_ready = true;
	version_log(worker->mount);
	if (channel_send(worker->options->role.channel, CHANNEL_READY, -1))
		log_line(LOG_LEVEL_WARNING, "nobody waits for the mount any more");
}

static void on_resumed(void *context, const uint64_t *uniques, size_t count)
{
	struct worker *worker = context;

	mount_resumed(worker->mount, uniques, count);
}

static int serve(struct worker *worker)
{
	struct loop_config config = {
		.session = worker->mount->session,
		.handover = worker->handover,
		.device = worker->device,
		.spare = worker->spare,
		.threads = worker->options->threads,
		.no_resend = worker->options->no_resend,
		.resumed = on_resumed,
		.ready = on_ready,
		.context = worker,
	};
	int result = upkeep_start(worker->mount, &worker->upkeep);

	if (result)
		return result;
	sandbox_calls();
	result = loop_run(&config);
	store_say_closing(worker->store);
	channel_send(worker->options->role.channel, CHANNEL_ENDING, -1);
	upkeep_stop(worker->upkeep);
	return result;
}

/* What the mount is like the supervisor has said to the kernel. */
static struct fuse_session *new_session(struct worker *worker)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session = NULL;
	int err = fuse_opt_add_arg(&args, "csmfs");

	if (!err && worker->options->debug)
		err = fuse_opt_add_arg(&args, "-d");
	if (!err)
		session = fuse_session_new(&args, ops_table(), sizeof(*ops_table()), worker->mount);
	fuse_opt_free_args(&args);
	return session;
}

static int serve_session(struct worker *worker)
{
	struct fuse_session *session = new_session(worker);
	char place[32];
	int result;

	if (!session)
		return -EINVAL;
	worker->mount->session = session;
	memcpy(worker->mount->tellers, worker->tellers, sizeof(worker->tellers));
	snprintf(place, sizeof(place), "/dev/fd/%d", worker->device);
	result = fuse_session_mount(session, place) == 0 ? loop_take_answers(session) : -EIO;
	if (!result)
		result = serve(worker);
	worker->mount->goes_on = result == LOOP_TOLD;
	mount_close(take_pointer(&worker->mount));
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	return result;
}

/* ---- the process ---- */

static void die_with(pid_t supervisor)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(WORKER_FAILED);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int begin(struct worker *worker)
{
	const struct options *options = worker->options;
	int err = 0;

	block_signals();
	role_show("csmfs-worker");
	confine_worker();
	die_with(options->role.parent);
	fcntl(options->role.channel, F_SETFD, FD_CLOEXEC);
	fcntl(options->role.handover, F_SETFD, FD_CLOEXEC);
	if (options->role.lock >= 0)
		fcntl(options->role.lock, F_SETFD, FD_CLOEXEC);
	fcntl(options->role.unstored, F_SETFD, FD_CLOEXEC);
	worker->spare = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	for (int i = 0; !err && i < TELLERS; i++)
		err = teller_start(&worker->tellers[i]);
	return err ? err : handover_open(options->role.handover, &worker->handover);
}

enum worker_end worker_run(const struct options *options)
{
	struct worker worker = {
		.options = options, .device = -1, .spare = -1, .tellers = { -1, -1, -1, -1 }
	};
	int result = begin(&worker);

	if (!result && !options->foreground && worker.handover->resumed)
		log_open(LOG_TO_SYSLOG, LOG_LEVEL_NOTICE, "csmfs");
	if (!result)
		sandbox_files(options->store);
	if (!result)
		result = open_store(&worker);
	if (!result)
		result = open_mount(&worker);
	if (!result)
		result = get_device(&worker);
	if (!result) {
		result = serve_session(&worker);
		if (result < 0)
			complain_of(&worker, options->directory, result);
	}
	mount_close(worker.mount);
	store_close(worker.store);
	handover_close(worker.handover);
	return result < 0 ? WORKER_FAILED : result == LOOP_TOLD ? WORKER_TOLD : WORKER_UNMOUNTED;
}
