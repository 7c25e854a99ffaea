/*
 * Tickets: a write has the number it was started with. Whoever calls while write n runs
 * cannot know whether n still saw its changes, so it needs n + 1; the first caller that
 * finds nobody writing starts n + 1 for all who wait.
 *
 * A failed fsync(2) is final. The kernel reports the loss once, forgets the pages and
 * lets the next fsync succeed; to report that success would promise what is not on
 * disk. Only "no space" is forgiven, because RocksDB then writes everything it still
 * has in memory to new files before it goes on.
 */
#include "store/engine/shared_sync.h"

#include <errno.h>

#include "store/base/cleanup.h"

void shared_sync_init(struct shared_sync *sync)
{
	*sync = (struct shared_sync){ .started = 0 };
	pthread_mutex_init(&sync->lock, NULL);
	pthread_cond_init(&sync->finish, NULL);
}

void shared_sync_destroy(struct shared_sync *sync)
{
	pthread_cond_destroy(&sync->finish);
	pthread_mutex_destroy(&sync->lock);
}

/* Writes once. Called and returns with the lock held, which it gives up meanwhile. */
static void write_once(struct shared_sync *sync, int (*write)(void *context), void *context)
{
	uint64_t ticket = ++sync->started;
	int code;

	sync->running = true;
	pthread_mutex_unlock(&sync->lock);
	code = write(context);
	pthread_mutex_lock(&sync->lock);
	sync->running = false;
	sync->finished = ticket;
	sync->code = code;
	if (code && code != -ENOSPC)
		sync->broken = code;
	pthread_cond_broadcast(&sync->finish);
}

int shared_sync_run(struct shared_sync *sync, int (*write)(void *context), void *context)
{
	WITH_MUTEX(&sync->lock);
	uint64_t needed = sync->started + 1;

	while (sync->finished < needed && !sync->broken) {
		if (sync->running)
			pthread_cond_wait(&sync->finish, &sync->lock);
		else
			write_once(sync, write, context);
	}
	return sync->broken ? sync->broken : sync->code;
}

uint64_t shared_sync_count(struct shared_sync *sync)
{
	WITH_MUTEX(&sync->lock);
	return sync->finished;
}
