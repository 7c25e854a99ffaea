/*
 * One thread that waits for three things: signals, words of the worker, and the time to start the
 * next one.
 *
 *  - A worker ends by itself when the kernel has taken the mount away. So do we, then.
 *  - A worker that dies is replaced at once. One that dies by its own fault several times in a row,
 *    each time soon after its start, would go on for ever, and callers would hang: then the mount
 *    is taken away, so that they get errors. SIGKILL is nobody's fault, once a worker has answered.
 *  - Before the mount answered for the first time nothing is tried twice: the one who waits for the
 *    command hears what is wrong.
 *  - SIGTERM, SIGINT, SIGHUP: the worker ends in order, the mount is taken away. The mount goes as
 *    soon as the worker reads no more, so nobody waits for a store that is being closed.
 *  - SIGUSR2: the worker ends in order, and this process becomes the program that now is at its
 *    path, which starts a worker of the same version. The mount stays, so does the process id.
 *
 * Nothing in here depends on what users do in the mount, so there is not much that could fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fs/channel.h"
#include "fs/confine.h"
#include "fs/handover.h"
#include "fs/mountpoint.h"
#include "fs/options.h"
#include "fs/supervisor.h"
#include "fs/worker.h"
#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/base/log.h"

#define FAULTS_MAX	 5 /* in a row */
#define OWN_PROGRAM_FROM 2 /* faults: the program that served is taken, whatever is at its path */
#define SOON_MS		 10000 /* after its start a death counts */
#define PAUSE_MS	 200   /* before the next try, for each fault */
#define AGAIN_MS	 1000  /* before the next try when the machine has no room for a process */
#define PATIENCE_MS	 60000 /* for a worker that was told to end */
#define READ_AHEAD_KIB                                                                             \
	1024 /* a READ for so much, instead of 128 KiB: fewer messages for large files */

struct supervisor {
	const struct options *options;
	char program[PATH_MAX];
	struct handover *handover;
	int unstored, device, channel, signals;
	int lock; /* of the store, so that nobody gets it between two workers */
	char number[MOUNT_NUMBER_SIZE]; /* of the mount */
	int ready_fd;
	pid_t worker;	       /* 0: none runs */
	int64_t started, next; /* ms: when the worker was started, when the next one is due */
	int64_t kill_at;       /* ms; 0: it may go on */
	unsigned faults;
	bool is_ready, ending, upgrading;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return 0;
}

/* ---- the mount ---- */

/* libfuse knows how to mount, also as a user, and has said why when it does not. */
static int mount_now(struct supervisor *supervisor)
{
	static const struct fuse_lowlevel_ops none = { .init = NULL };
	struct fuse_args args;
	struct fuse_session *session;
	int err = options_fuse_args(supervisor->options, geteuid() == 0, &args);

	if (err)
		return err;
	session = fuse_session_new(&args, &none, sizeof(none), NULL);
	fuse_opt_free_args(&args);
	if (!session)
		return -EINVAL;
	if (fuse_session_mount(session, supervisor->options->directory) != 0)
		err = -EIO;
	else
		supervisor->device = fcntl(fuse_session_fd(session), F_DUPFD_CLOEXEC, 0);
	mountpoint_number(supervisor->options->directory, supervisor->number);
	if (!err && supervisor->device < 0) {
		err = -errno;
		fuse_session_unmount(session);
	}
	fuse_session_destroy(session);
	return err;
}

/* ---- the worker ---- */

static void become_worker(const struct supervisor *supervisor, int channel, pid_t parent)
{
	struct role role = { .kind = ROLE_WORKER,
			     .parent = parent,
			     .channel = channel,
			     .device = -1,
			     .lock = supervisor->lock,
			     .handover = supervisor->handover->fd,
			     .unstored = supervisor->unstored };
	/* What is at the path may have been replaced by something that does not run here. */
	const char *program = supervisor->faults < OWN_PROGRAM_FROM ? supervisor->program
								    : "/proc/self/exe";
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = role_exec(program, supervisor->options, &role);
	log_line(LOG_LEVEL_ERROR, "%s is not started: %s", program, strerror(-err));
	_exit(WORKER_FAILED);
}

static int fork_worker(struct supervisor *supervisor)
{
	pid_t parent = getpid(), child;
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	child = fork();
	if (child == 0)
		become_worker(supervisor, ends[1], parent);
	err = -errno;
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return err;
	}
	supervisor->worker = child;
	supervisor->channel = ends[0];
	return 0;
}

static int start_worker(struct supervisor *supervisor)
{
	int err;

	supervisor->handover->head->workers++;
	supervisor->started = now_ms();
	supervisor->next = 0;
	err = fork_worker(supervisor);
	if (!err)
		return 0;
	log_line(LOG_LEVEL_ERROR, "%s: no worker is started: %s", supervisor->options->directory,
		 strerror(-err));
	supervisor->next = now_ms() + AGAIN_MS;
	return supervisor->is_ready ? 0 : err;
}

/* It stores what was written before it ends: asking twice must not cost that. */
static void tell_worker_to_end(struct supervisor *supervisor)
{
	if (!supervisor->worker || (supervisor->kill_at && now_ms() < supervisor->kill_at))
		return;
	kill(supervisor->worker, supervisor->kill_at ? SIGKILL : SIGTERM);
	supervisor->kill_at = now_ms() + PATIENCE_MS;
}

/* Who waits may go, and our words go to the system's log from now on. */
static void tell_starter(struct supervisor *supervisor)
{
	int null;

	if (supervisor->ready_fd < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	log_open(LOG_TO_SYSLOG, LOG_LEVEL_NOTICE, "csmfs");
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
	if (write(supervisor->ready_fd, "", 1) < 0)
		log_line(LOG_LEVEL_WARNING, "nobody waits for the mount any more");
	close_fd(&supervisor->ready_fd);
}

/* A worker that gets no descriptor ends. */
static int give_device(struct supervisor *supervisor)
{
	int err = supervisor->device < 0 ? mount_now(supervisor) : 0;

	if (!err)
		err = channel_send(supervisor->channel, CHANNEL_DEVICE, supervisor->device);
	if (err)
		close_fd(&supervisor->channel);
	return err == -EPIPE ? 0 : err;
}

static int hear_worker(struct supervisor *supervisor)
{
	enum channel_word word = CHANNEL_ENDING;
	int fd = -1, err = channel_receive(supervisor->channel, &word, &fd);

	if (word == CHANNEL_OPENED && supervisor->lock < 0)
		supervisor->lock = fd;
	else
		close_fd(&fd);
	if (err)
		return close_fd(&supervisor->channel);
	switch (word) {
	case CHANNEL_OPENED:
		return give_device(supervisor);
	case CHANNEL_READY:
		if (supervisor->is_ready)
			log_line(LOG_LEVEL_NOTICE, "%s: worker %u serves",
				 supervisor->options->directory,
				 supervisor->handover->head->workers);
		else
			mountpoint_read_ahead(supervisor->number, READ_AHEAD_KIB);
		supervisor->is_ready = true;
		tell_starter(supervisor);
		return 0;
	case CHANNEL_ENDING:
		if (supervisor->ending)
			mountpoint_detach(supervisor->options->directory, supervisor->device,
					  supervisor->number);
		return 0;
	case CHANNEL_DEVICE:
		break;
	}
	return 0;
}

/* ---- deaths ---- */

static void log_death(const struct supervisor *supervisor, int status)
{
	const char *directory = supervisor->options->directory;
	unsigned number = supervisor->handover->head->workers;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		log_line(
			LOG_LEVEL_ERROR,
			"%s: worker %u (pid %d) was ended by SIGKILL, from outside or for want of memory",
			directory, number, supervisor->worker);
	else if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "%s: worker %u (pid %d) was ended by SIG%s%s", directory,
			 number, supervisor->worker, sigabbrev_np(WTERMSIG(status)) ?: "?",
			 WCOREDUMP(status)
				 ? "; its core file tells where"
				 : "; a core file (ulimit -c, coredumpctl) would tell where");
	else if (WEXITSTATUS(status) == WORKER_TOLD)
		log_line(LOG_LEVEL_NOTICE, "%s: worker %u (pid %d) was told to end", directory,
			 number, supervisor->worker);
	else
		log_line(LOG_LEVEL_ERROR, "%s: worker %u (pid %d) ended with code %d", directory,
			 number, supervisor->worker, WEXITSTATUS(status));
}

/* Whether this death is one more of a row. */
static bool is_fault(const struct supervisor *supervisor, int status)
{
	const struct handover_head *head = supervisor->handover->head;
	bool was_told = WIFEXITED(status) && WEXITSTATUS(status) == WORKER_TOLD;
	bool was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;

	if (head->served != head->workers)
		return true; /* whatever time it took: callers waited in vain */
	if (was_told || was_killed)
		return false;
	return now_ms() - supervisor->started < SOON_MS;
}

static int plan_next(struct supervisor *supervisor, int status)
{
	log_death(supervisor, status);
	supervisor->faults = is_fault(supervisor, status) ? supervisor->faults + 1 : 0;
	if (supervisor->faults >= FAULTS_MAX) {
		log_line(LOG_LEVEL_ERROR,
			 "%s: %u workers in a row ended soon after their start: it is unmounted; "
			 "fsck.csmfs %s tells whether the store is the cause",
			 supervisor->options->directory, supervisor->faults,
			 supervisor->options->store);
		return -EIO;
	}
	supervisor->next =
		now_ms() + (supervisor->faults ? PAUSE_MS * (supervisor->faults - 1) : 0);
	return 0;
}

/* This program is left behind, with everything it was but what is inherited. */
static int become_new_program(struct supervisor *supervisor)
{
	struct role role = { .kind = ROLE_SUPERVISOR,
			     .channel = -1,
			     .device = supervisor->device,
			     .lock = supervisor->lock,
			     .handover = supervisor->handover->fd,
			     .unstored = supervisor->unstored };

	log_line(LOG_LEVEL_NOTICE, "%s: goes on with the program that is now %s",
		 supervisor->options->directory, supervisor->program);
	return role_exec(supervisor->program, supervisor->options, &role);
}

/* 1 when there is nothing left to do. */
static int worker_ended(struct supervisor *supervisor, int status)
{
	bool in_order = WIFEXITED(status) && (WEXITSTATUS(status) == WORKER_UNMOUNTED ||
					      WEXITSTATUS(status) == WORKER_TOLD);
	int err;

	close_fd(&supervisor->channel);
	supervisor->kill_at = 0;
	if (supervisor->ending || !supervisor->is_ready) {
		if (supervisor->is_ready && !in_order)
			log_death(supervisor, status);
		return in_order ? 1 : -EIO;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_UNMOUNTED)
		return 1;
	if (supervisor->upgrading) {
		err = become_new_program(supervisor);
		log_line(LOG_LEVEL_ERROR, "%s is not started: %s", supervisor->program,
			 strerror(-err));
		supervisor->upgrading = false;
	}
	err = plan_next(supervisor, status);
	supervisor->worker = 0;
	return err;
}

/* Children of dead workers come to us, too. */
static int reap(struct supervisor *supervisor)
{
	int result = 0, status;
	pid_t child;

	while ((child = waitpid(-1, &status, WNOHANG)) > 0)
		if (child == supervisor->worker)
			result = worker_ended(supervisor, status);
	return result;
}

/* ---- signals ---- */

static int end_now(struct supervisor *supervisor)
{
	supervisor->ending = true;
	tell_worker_to_end(supervisor);
	return supervisor->worker ? 0 : 1;
}

static int begin_upgrade(struct supervisor *supervisor)
{
	if (!supervisor->is_ready || supervisor->ending || supervisor->upgrading)
		return 0;
	if (role_try(supervisor->program)) {
		log_line(
			LOG_LEVEL_ERROR,
			"%s: %s does not run, or reads other memory than ours, so the program stays as it is",
			supervisor->options->directory, supervisor->program);
		return 0;
	}
	supervisor->upgrading = true;
	/* Between two workers the next one is of the new program anyway, and so are we after it. */
	tell_worker_to_end(supervisor);
	return 0;
}

/* What ends us is looked at before what it may have ended: systemd tells all processes at once. */
static int hear_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo signal_;
	bool child = false;
	int result = 0;

	while (!result && read(supervisor->signals, &signal_, sizeof(signal_)) == sizeof(signal_)) {
		if (signal_.ssi_signo == SIGCHLD)
			child = true;
		else if (signal_.ssi_signo == SIGUSR2)
			result = begin_upgrade(supervisor);
		else
			result = end_now(supervisor);
	}
	return !result && child ? reap(supervisor) : result;
}

static int take_signals(struct supervisor *supervisor)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return -errno;
	supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return supervisor->signals < 0 ? -errno : 0;
}

/* ---- the loop ---- */

static int wait_ms(const struct supervisor *supervisor)
{
	int64_t due = supervisor->worker ? supervisor->kill_at : supervisor->next, left;

	if (!due)
		return -1;
	left = due - now_ms();
	return left < 0 ? 0 : (int)left;
}

static int step(struct supervisor *supervisor)
{
	struct pollfd events[] = { { .fd = supervisor->channel, .events = POLLIN },
				   { .fd = supervisor->signals, .events = POLLIN } };
	int result = 0;

	if (poll(events, 2, wait_ms(supervisor)) < 0 && errno != EINTR)
		return -errno;
	if (events[0].revents)
		result = hear_worker(supervisor);
	if (!result && events[1].revents)
		result = hear_signals(supervisor);
	if (result)
		return result;
	if (!supervisor->worker && now_ms() >= supervisor->next)
		return start_worker(supervisor);
	if (supervisor->worker && supervisor->kill_at && now_ms() >= supervisor->kill_at)
		tell_worker_to_end(supervisor);
	return 0;
}

static int watch(struct supervisor *supervisor)
{
	int result = start_worker(supervisor);

	while (!result)
		result = step(supervisor);
	return result < 0 ? result : 0;
}

/* ---- beginning and end ---- */

static int begin_new(struct supervisor *supervisor)
{
	const char *directory = supervisor->options->directory;
	int err = mountpoint_clear(directory);

	if (err >= 0)
		err = mountpoint_check(directory);
	if (err) {
		fprintf(stderr, "csmfs: %s: %s\n", directory, error_text(err));
		return err;
	}
	confine_supervisor();
	supervisor->unstored = memfd_create("csmfs-unstored", MFD_CLOEXEC);
	if (supervisor->unstored < 0)
		return -errno;
	return handover_new(&supervisor->handover);
}

static int begin_upgraded(struct supervisor *supervisor)
{
	const struct role *role = &supervisor->options->role;

	if (!supervisor->options->foreground)
		log_open(LOG_TO_SYSLOG, LOG_LEVEL_NOTICE, "csmfs");
	confine_supervisor();
	supervisor->is_ready = true;
	supervisor->device = role->device;
	mountpoint_number(supervisor->options->directory, supervisor->number);
	supervisor->unstored = role->unstored;
	supervisor->lock = role->lock;
	if (role->lock >= 0)
		fcntl(role->lock, F_SETFD, FD_CLOEXEC);
	fcntl(role->device, F_SETFD, FD_CLOEXEC);
	fcntl(role->unstored, F_SETFD, FD_CLOEXEC);
	fcntl(role->handover, F_SETFD, FD_CLOEXEC);
	return handover_open(role->handover, &supervisor->handover);
}

/* The path this program was started by, where the next version will be. */
static int find_program(struct supervisor *supervisor)
{
	ssize_t size =
		readlink("/proc/self/exe", supervisor->program, sizeof(supervisor->program) - 1);

	if (size < 0)
		return -errno;
	supervisor->program[size] = 0;
	return 0;
}

static void end(struct supervisor *supervisor)
{
	if (supervisor->worker && waitpid(supervisor->worker, NULL, WNOHANG) == 0) {
		kill(supervisor->worker, SIGKILL);
		waitpid(supervisor->worker, NULL, 0);
	}
	if (supervisor->device >= 0)
		mountpoint_detach(supervisor->options->directory, supervisor->device,
				  supervisor->number);
	handover_close(supervisor->handover);
	close_fd(&supervisor->channel);
	close_fd(&supervisor->device);
	close_fd(&supervisor->unstored);
	close_fd(&supervisor->lock);
	close_fd(&supervisor->signals);
	close_fd(&supervisor->ready_fd);
}

int supervisor_run(const struct options *options, int ready_fd)
{
	struct supervisor supervisor = { .options = options,
					 .ready_fd = ready_fd,
					 .unstored = -1,
					 .lock = -1,
					 .device = -1,
					 .channel = -1,
					 .signals = -1 };
	int err = find_program(&supervisor);

	if (!err)
		err = take_signals(&supervisor);
	role_show("csmfs");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!err)
		err = options->role.kind == ROLE_SUPERVISOR ? begin_upgraded(&supervisor)
							    : begin_new(&supervisor);
	if (!err)
		err = watch(&supervisor);
	end(&supervisor);
	return err;
}
