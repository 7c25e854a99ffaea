/*
 * A fixed number of threads, each of which reads a request, has it answered and reads the next.
 *
 * What the kernel does when a worker dies. It keeps each request until it is answered. Told to
 * (FUSE_NOTIFY_RESEND, Linux 6.9), it puts those that were read and not answered in front of its
 * queue again, with a bit in their number. They are all read before the first is answered:
 * only then is it known which requests may still come. Forgets and interrupts may stand between.
 *
 * Older kernels have no such word, and what was in flight would wait for ever. There the worker
 * reads through a descriptor of its own (FUSE_DEV_IOC_CLONE): the kernel ends all its requests with
 * ECONNABORTED when it dies, and the mount lives on. What such a request may have changed the kernel
 * has not heard of, so the next worker has it forget the names; the handover has the requests.
 *
 * The buffers are filled into memory before the first use: a read that has to wait for a page
 * fails when its thread is killed, and the kernel takes that for the failure of the request.
 *
 * The threads are told to end by a signal that interrupts their read, repeated until they have
 * seen it. The main thread takes signals by sigwait(), no handler of ours does anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "fs/handover.h"
#include "fs/loop.h"
#include "store/base/cleanup.h"
#include "store/base/log.h"

/* Of linux/fuse.h from 6.9 on. */
#define NOTIFY_RESEND 7
#define RESENT	      ((uint64_t)1 << 63)
#define HAS_RESEND    ((uint64_t)1 << 39)

#define BUFFER_SIZE  (((size_t)1 << 20) + 4096) /* the longest write and what stands before it */
#define SIGNAL_ENDED SIGUSR1			/* a thread to the main thread */
#define SIGNAL_WAKE  SIGUSR2			/* the main thread to a thread */
#define WAKE_NS	     10000000

struct waiting {
	struct waiting *next;
	size_t size;
	uint8_t bytes[];
};

struct thread {
	struct loop *loop;
	unsigned number;
	pthread_t thread;
	atomic_bool reading; /* may be waiting for a request */
};

struct loop {
	const struct loop_config *config;
	bool resend;	       /* immutable when the threads run: the kernel sends again */
	pthread_t main_thread; /* immutable */
	atomic_bool ending, has_served;
	pthread_mutex_t lock;	       /* waiting */
	struct waiting *first, **last; /* read and not yet answered: before all that is read next */
	atomic_int result;
};

static _Thread_local struct loop_request current;
static _Thread_local bool is_greeting; /* the answer to the greeting is on its way */

const struct loop_request *loop_request(void)
{
	return &current;
}

/* ---- one request ---- */

/*
 * The size, or -EAGAIN when there is nothing, -ENODEV when the mount is gone. ECONNABORTED is the same
 * unmount, met while a request was just being handed over; ENOENT a request that was taken back.
 */
static ssize_t receive(const struct loop *loop, uint8_t *buffer)
{
	ssize_t got = read(loop->config->device, buffer, BUFFER_SIZE);

	if (got >= 0)
		return got ? got : -ENODEV;
	if (errno == EINTR || errno == ENOENT)
		return -EINTR;
	return errno == ECONNABORTED ? -ENODEV : -errno;
}

/* Of WRITE and SETATTR, what libfuse does not hand on. */
static bool kills_privileges(const struct fuse_in_header *header, size_t size)
{
	const void *body = header + 1;

	if (header->opcode == FUSE_WRITE && size >= sizeof(*header) + sizeof(struct fuse_write_in))
		return ((const struct fuse_write_in *)body)->write_flags & FUSE_WRITE_KILL_SUIDGID;
	if (header->opcode == FUSE_SETATTR &&
	    size >= sizeof(*header) + sizeof(struct fuse_setattr_in))
		return ((const struct fuse_setattr_in *)body)->valid & FATTR_KILL_SUIDGID;
	return false;
}

static void process(const struct loop *loop, void *bytes, size_t size)
{
	struct fuse_buf buffer = { .size = size, .mem = bytes };
	const struct fuse_in_header *header = bytes;

	if (size < sizeof(*header))
		return;
	current.unique = header->unique & ~RESENT;
	current.resent = (header->unique & RESENT) != 0;
	current.kill_priv = kills_privileges(header, size);
	is_greeting = header->opcode == FUSE_INIT;
	fuse_session_process_buf(loop->config->session, &buffer);
}

/* That an answer was given ends a row of deaths. */
static void has_served(struct loop *loop)
{
	struct handover_head *head = loop->config->handover->head;

	if (!atomic_exchange(&loop->has_served, true))
		head->served = head->workers;
}

/* ---- the greeting ---- */

static ssize_t send_answer(int device, struct iovec *parts, int count, void *context)
{
	(void)context;
	if (is_greeting && count > 1 &&
	    parts[1].iov_len >= offsetof(struct fuse_init_out, max_background))
		((struct fuse_init_out *)parts[1].iov_base)->flags |= FUSE_HANDLE_KILLPRIV_V2;
	is_greeting = false;
	return writev(device, parts, count);
}

/* Not called: the loop reads by itself. libfuse wants one. */
static ssize_t receive_for_session(int device, void *buffer, size_t size, void *context)
{
	(void)context;
	return read(device, buffer, size);
}

int loop_take_answers(struct fuse_session *session)
{
	static const struct fuse_custom_io io = { .writev = send_answer,
						  .read = receive_for_session };

	return fuse_session_custom_io(session, &io, fuse_session_fd(session));
}

/* What the kernel can do it has said in its greeting. */
static bool kernel_resends(const struct loop *loop)
{
	const struct handover_head *head = loop->config->handover->head;
	const struct fuse_init_in *init =
		(const void *)(head->greeting + sizeof(struct fuse_in_header));
	uint64_t flags;

	if (loop->config->no_resend ||
	    head->greeting_size < sizeof(struct fuse_in_header) + sizeof(*init))
		return false;
	flags = init->flags | (init->flags & FUSE_INIT_EXT ? (uint64_t)init->flags2 << 32 : 0);
	return flags & HAS_RESEND;
}

/* Takes the descriptor of its own in place of the one that all workers have. */
static int clone_device(const struct loop *loop)
{
	uint32_t original = (uint32_t)loop->config->device;

	if (ioctl(loop->config->spare, FUSE_DEV_IOC_CLONE, &original) < 0)
		return -errno;
	return dup3(loop->config->spare, loop->config->device, O_CLOEXEC) < 0 ? -errno : 0;
}

static void choose_way(struct loop *loop)
{
	int err = 0;

	loop->resend = kernel_resends(loop);
	if (!loop->resend)
		err = loop->config->spare < 0 ? -EBADF : clone_device(loop);
	if (err)
		log_line(LOG_LEVEL_WARNING,
			 "what is in flight when the worker dies will wait for ever: %s",
			 strerror(-err));
	if (loop->config->spare >= 0)
		close(loop->config->spare);
}

/* The first message of all. It is kept before it is answered, for those that come after us. */
static int greet(struct loop *loop, uint8_t *buffer)
{
	struct handover_head *head = loop->config->handover->head;
	ssize_t size;

	do {
		size = receive(loop, buffer);
	} while (size == -EINTR);
	if (size < 0)
		return (int)size;
	if ((size_t)size > HANDOVER_GREETING)
		return -EPROTO;
	memcpy(head->greeting, buffer, (size_t)size);
	head->greeting_size = (uint64_t)size;
	process(loop, buffer, (size_t)size);
	return 0;
}

/* The same message for a session that comes later. The kernel refuses the answer: nobody waits for it. */
static void greet_again(struct loop *loop, uint8_t *buffer)
{
	const struct handover_head *head = loop->config->handover->head;

	memcpy(buffer, head->greeting, head->greeting_size);
	process(loop, buffer, head->greeting_size);
}

/* ---- what is sent again ---- */

static int keep(struct loop *loop, const uint8_t *bytes, size_t size)
{
	struct waiting *waiting = malloc(sizeof(*waiting) + size);

	if (!waiting)
		return -ENOMEM;
	waiting->next = NULL;
	waiting->size = size;
	memcpy(waiting->bytes, bytes, size);
	*loop->last = waiting;
	loop->last = &waiting->next;
	return 0;
}

static bool is_between(const struct fuse_in_header *header)
{
	return header->opcode == FUSE_FORGET || header->opcode == FUSE_BATCH_FORGET ||
	       header->opcode == FUSE_INTERRUPT;
}

/* Until something that nobody had before, or nothing, is there. */
static int read_resent(struct loop *loop, uint8_t *buffer)
{
	const struct fuse_in_header *header = (const void *)buffer;

	for (;;) {
		ssize_t size = receive(loop, buffer);
		int err;

		if (size == -EINTR)
			continue;
		if (size < 0)
			return size == -EAGAIN ? 0 : (int)size;
		if ((size_t)size < sizeof(*header))
			return -EPROTO;
		err = keep(loop, buffer, (size_t)size);
		if (err)
			return err;
		if (!(header->unique & RESENT) && !is_between(header))
			return 0;
	}
}

static int tell_resumed(const struct loop *loop)
{
	_cleanup_free_ uint64_t *uniques = NULL;
	size_t count = 0, room = 0;

	for (const struct waiting *waiting = loop->first; waiting; waiting = waiting->next)
		room++;
	uniques = calloc(room + 1, sizeof(*uniques));
	if (!uniques)
		return -ENOMEM;
	for (const struct waiting *waiting = loop->first; waiting; waiting = waiting->next) {
		const struct fuse_in_header *header = (const void *)waiting->bytes;

		if ((header->unique & RESENT) && !is_between(header))
			uniques[count++] = header->unique & ~RESENT;
	}
	if (loop->config->resumed)
		loop->config->resumed(loop->config->context, uniques, count);
	return 0;
}

/*
 * O_NONBLOCK belongs to the open file, which the supervisor has, too, but does not read. A worker that
 * dies here leaves it set; the next one comes by here as well.
 */
static int take_back(struct loop *loop, uint8_t *buffer)
{
	struct fuse_out_header word = { .len = sizeof(word), .error = NOTIFY_RESEND };
	int device = loop->config->device, flags = fcntl(device, F_GETFL), err;

	if (loop->resend && write(device, &word, sizeof(word)) < 0)
		return errno == ENODEV || errno == ENOTCONN || errno == EPERM ? -ENODEV : -errno;
	if (flags < 0 || fcntl(device, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	err = loop->resend ? read_resent(loop, buffer) : 0;
	if (fcntl(device, F_SETFL, flags & ~O_NONBLOCK) < 0 && !err)
		err = -errno;
	return err ? err : tell_resumed(loop);
}

/* ---- the threads ---- */

static struct waiting *take_waiting(struct loop *loop)
{
	struct waiting *waiting;

	WITH_MUTEX(&loop->lock);
	waiting = loop->first;
	if (waiting)
		loop->first = waiting->next;
	return waiting;
}

static void end_loop(struct loop *loop, int result)
{
	loop->result = result;
	pthread_kill(loop->main_thread, SIGNAL_ENDED);
}

static void *new_buffer(void)
{
	void *buffer = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return buffer == MAP_FAILED ? NULL : buffer;
}

/* Where the requests of this thread are kept for a kernel that does not send them again. */
static struct handover_request *place_of(const struct thread *thread)
{
	struct handover_head *head = thread->loop->config->handover->head;

	return thread->loop->resend || thread->number >= HANDOVER_REQUESTS
		       ? NULL
		       : &head->requests[thread->number];
}

/* Reading is said before `ending` is looked at, so whoever ends the loop sees one or is seen. */
static ssize_t wait_for_request(struct thread *thread, uint8_t *buffer)
{
	ssize_t size = -EINTR;

	thread->reading = true;
	if (!thread->loop->ending)
		size = receive(thread->loop, buffer);
	thread->reading = false;
	return size;
}

/* place NULL: the kernel sends it again by itself. */
static void answer(struct loop *loop, struct handover_request *place, uint8_t *buffer, size_t size)
{
	if (place) {
		memcpy(place->bytes, buffer, size < HANDOVER_REQUEST ? size : HANDOVER_REQUEST);
		place->size = size;
	}
	process(loop, buffer, size);
	if (place)
		place->size = 0;
	has_served(loop);
}

static void serve_waiting(struct loop *loop)
{
	struct waiting *waiting;

	while (!loop->ending && (waiting = take_waiting(loop))) {
		answer(loop, NULL, waiting->bytes, waiting->size);
		free(waiting);
	}
}

static void *serve(void *context)
{
	struct thread *thread = context;
	struct loop *loop = thread->loop;
	struct handover_request *place = place_of(thread);
	uint8_t *buffer = new_buffer();

	if (!buffer) {
		end_loop(loop, -ENOMEM);
		return NULL;
	}
	serve_waiting(loop);
	while (!loop->ending) {
		ssize_t size = wait_for_request(thread, buffer);

		if (size == -EINTR || size == -EAGAIN)
			continue;
		if (size < 0) {
			end_loop(loop, size == -ENODEV ? LOOP_UNMOUNTED : (int)size);
			break;
		}
		answer(loop, place, buffer, (size_t)size);
	}
	munmap(buffer, BUFFER_SIZE);
	return NULL;
}

static void wait_for_end(struct loop *loop)
{
	sigset_t set;
	int number = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGNAL_ENDED);
	while (sigwait(&set, &number))
		;
	if (number != SIGNAL_ENDED)
		loop->result = LOOP_TOLD;
	loop->ending = true;
}

/* A signal that comes just before the read is lost; another one follows. */
static void join(struct thread *thread)
{
	struct timespec until;

	do {
		if (thread->reading)
			pthread_kill(thread->thread, SIGNAL_WAKE);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += WAKE_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
	} while (pthread_timedjoin_np(thread->thread, NULL, &until) == ETIMEDOUT);
}

static void nothing(int number)
{
	(void)number;
}

/* The wake signal is open in the threads, and in no other. */
static int start_threads(struct loop *loop, struct thread *threads, unsigned *ret_started)
{
	unsigned count = loop->config->threads, number;
	sigset_t wake;
	int err = 0;

	sigemptyset(&wake);
	sigaddset(&wake, SIGNAL_WAKE);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	for (number = 0; !err && number < count; number += !err) {
		threads[number].loop = loop;
		threads[number].number = number;
		err = -pthread_create(&threads[number].thread, NULL, serve, &threads[number]);
	}
	pthread_sigmask(SIG_BLOCK, &wake, NULL);
	*ret_started = number;
	return err;
}

static int run_threads(struct loop *loop)
{
	_cleanup_free_ struct thread *threads = calloc(loop->config->threads, sizeof(*threads));
	struct sigaction action = { .sa_handler = nothing };
	unsigned started = 0;
	sigset_t ended;
	int err;

	if (!threads)
		return -ENOMEM;
	sigemptyset(&ended);
	sigaddset(&ended, SIGNAL_ENDED);
	pthread_sigmask(SIG_BLOCK, &ended, NULL);
	sigaction(SIGNAL_WAKE, &action, NULL);
	err = start_threads(loop, threads, &started);
	if (err)
		loop->ending = true;
	else
		wait_for_end(loop);
	for (unsigned i = 0; i < started; i++)
		join(&threads[i]);
	return err ? err : loop->result;
}

static int begin(struct loop *loop)
{
	bool resumed = loop->config->handover->resumed;
	uint8_t *buffer = new_buffer();
	int err = 0;

	if (!buffer)
		return -ENOMEM;
	if (resumed)
		greet_again(loop, buffer);
	else
		err = greet(loop, buffer);
	if (!err)
		choose_way(loop);
	if (!err && resumed)
		err = take_back(loop, buffer);
	munmap(buffer, BUFFER_SIZE);
	return err;
}

int loop_run(const struct loop_config *config)
{
	struct loop loop = { .config = config, .main_thread = pthread_self(), .result = 0 };
	struct waiting *waiting;
	int result;

	loop.last = &loop.first;
	pthread_mutex_init(&loop.lock, NULL);
	result = begin(&loop);
	if (!result) {
		config->ready(config->context);
		result = run_threads(&loop);
	}
	while ((waiting = take_waiting(&loop)))
		free(waiting);
	pthread_mutex_destroy(&loop.lock);
	return result == -ENODEV ? LOOP_UNMOUNTED : result;
}
