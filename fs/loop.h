/*
 * The threads that read requests of the kernel and have them answered, in place of libfuse's own
 * loop: a request is known by its number, so that one that the kernel sends again after the death
 * of a worker can be told from a new one.
 */
#ifndef FS_LOOP_H
#define FS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuse_session;
struct handover;

struct loop_request {
	uint64_t unique; /* the kernel's number of the request; the same when it is sent again */
	bool resent;	 /* a worker before us may have done it already */
	bool kill_priv; /* takes set-user-ID and set-group-ID away: a write or cut by one who may not keep them */
};

/*
 * Has the answers of the session pass through here. libfuse 3.14 has no word for FUSE_HANDLE_KILLPRIV_V2, which is
 * asked for in the answer to the greeting. To be called once the session has its descriptor. 0 or -errno.
 */
int loop_take_answers(struct fuse_session *session);

/* The request the calling thread is working on; zero in a thread that serves none. */
const struct loop_request *loop_request(void);

struct loop_config {
	struct fuse_session *session;
	struct handover *handover;
	int device; /* of the session */
	int spare;  /* /dev/fuse, open and not mounted, taken over; -1: none */
	unsigned threads;
	bool no_resend; /* act as if the kernel could not send requests again */
	/*
	 * When a worker was before us, called once, before any request is answered: these requests,
	 * count of them, come again, no other of those it had.
	 */
	void (*resumed)(void *context, const uint64_t *uniques, size_t count);
	/* Called once: the kernel has greeted, requests are answered from now on. */
	void (*ready)(void *context);
	void *context;
};

/* How a loop ended, if not with -errno. */
enum loop_end {
	LOOP_UNMOUNTED = 0, /* the kernel took the mount away */
	LOOP_TOLD = 1,	    /* SIGTERM, SIGINT or SIGHUP */
};

/*
 * Serves until one of these. Every request that was read has been answered then, or waits for
 * the notifier. To be called with these signals blocked, as they are in all other threads.
 */
int loop_run(const struct loop_config *config);

#endif
