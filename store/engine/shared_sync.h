/*
 * Many callers, few disk writes: a caller's changes are covered by any write that starts
 * after its call, so callers that meet wait for one write together.
 */
#ifndef STORE_ENGINE_SHARED_SYNC_H
#define STORE_ENGINE_SHARED_SYNC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct shared_sync {
	pthread_mutex_t lock;
	pthread_cond_t finish;
	uint64_t started;  /* lock; writes begun since init: the ticket of the newest */
	uint64_t finished; /* lock; ticket of the last write that ended */
	bool running;      /* lock */
	int code;          /* lock; how the last write ended */
	int broken;        /* lock; a failure that no later write can make good */
};

void shared_sync_init(struct shared_sync *sync);
void shared_sync_destroy(struct shared_sync *sync);

/*
 * Returns when a write that began after this call has ended, with its code; write(context) is
 * called by one of the callers, never by two at a time. After a failure other than -ENOSPC
 * every later call fails the same way without a write.
 */
int shared_sync_run(struct shared_sync *sync, int (*write)(void *context), void *context);

/* How many writes ended well or badly. */
uint64_t shared_sync_count(struct shared_sync *sync);

#endif
