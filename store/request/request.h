/*
 * Requests that are executed exactly once (P7).
 *
 * The mount outlives the process that serves it. What that process had read from the kernel
 * and not answered when it died, the kernel sends again to the next one, under the same number.
 * So a change is committed together with the number of the request that asked for it, and a
 * request that was carried out already is only answered.
 *
 * The number is written into a *slot*: one row, used again when the request has been answered,
 * so there are as many rows as there ever were requests at one time. Numbers count from the
 * mount on; the session, a random number for each mount, keeps those of others apart.
 *
 * Which commit it is that carries a request out, the room says that makes it: an edit of the tree
 * does so by itself, unless the thread is paused because the edit only prepares.
 */
#ifndef STORE_REQUEST_REQUEST_H
#define STORE_REQUEST_REQUEST_H

#include "store/engine/engine.h"

struct requests;

/* One request that is being worked on; filled by request_begin(). */
struct request {
	uint64_t unique;
	int slot;     /* -1: nothing is recorded of it */
	bool is_done; /* it was carried out before */
	bool is_recorded;
	unsigned paused;
	struct requests *requests;
};

/*
 * Reads what was carried out in this session and perhaps not answered. session 0: nothing is
 * recorded and nothing is read. -ENOMEM, -CSM_ROW_CORRUPT, or the engine's.
 */
int requests_open(struct kv *kv, uint64_t session, struct requests **ret_requests);
/* NULL is legal. */
void requests_close(struct requests *requests);
/*
 * Only these requests may still come again: the others were answered, their slots are free. Until
 * it is called no slot of a former process is used.
 */
void requests_expect(struct requests *requests, const uint64_t *uniques, size_t count);

/*
 * Starts the work of this thread on a request that changes something. requests NULL: as with session 0.
 * Any thread, one request at a time; ends with request_leave() in the same thread.
 */
void request_begin(struct requests *requests, uint64_t unique, struct request *request);
/* The thread goes on to something else; the request is not answered yet. */
void request_leave(void);
/* It was answered, from whichever thread: the slot may be used again. A zeroed request is legal. */
void request_answered(struct request *request);

/* Was what this thread works on carried out already? False when it works on no request. */
bool request_is_done(void);
/* Puts the row of this thread's request, if any, into the batch that carries it out. */
void request_decide(struct kv_batch *batch);
/* Between the two, request_decide_edit() does nothing. Pairs may be nested. */
void request_pause(void);
void request_resume(void);
/* request_decide() for edits of the tree. */
void request_decide_edit(struct kv_batch *batch);

static inline void request_resume_at_end(const int *unused)
{
	(void)unused;
	request_resume();
}
/* What the rest of the block commits only prepares. */
#define REQUEST_PAUSED                                                                             \
	__attribute__((cleanup(request_resume_at_end), unused))                                    \
	const int request_paused_ = (request_pause(), 0)

#endif
