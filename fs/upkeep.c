/*
 * A clock and nothing else: what is to be done each second the file space and the table of files know.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "fs/mount.h"
#include "fs/opened.h"
#include "fs/upkeep.h"
#include "store/base/cleanup.h"
#include "store/store.h"

struct upkeep {
	struct mount *mount;  /* immutable */
	pthread_t thread;     /* immutable */
	pthread_mutex_t lock; /* ending */
	pthread_cond_t wake;
	bool ending;
};

/* False when it is time to end. */
static bool wait_a_second(struct upkeep *upkeep)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	WITH_MUTEX(&upkeep->lock);
	while (!upkeep->ending && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&upkeep->wake, &upkeep->lock, &until);
	return !upkeep->ending;
}

static void *run(void *context)
{
	struct upkeep *upkeep = context;

	while (wait_a_second(upkeep)) {
		opened_tend(upkeep->mount, OPENED_SECONDS);
		filespace_tend(upkeep->mount->filespace);
	}
	return NULL;
}

int upkeep_start(struct mount *mount, struct upkeep **ret_upkeep)
{
	struct upkeep *upkeep = calloc(1, sizeof(*upkeep));
	pthread_condattr_t attributes;
	int err;

	if (!upkeep)
		return -ENOMEM;
	upkeep->mount = mount;
	pthread_mutex_init(&upkeep->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&upkeep->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	err = pthread_create(&upkeep->thread, NULL, run, upkeep);
	if (err) {
		free(upkeep);
		return -err;
	}
	*ret_upkeep = upkeep;
	return 0;
}

void upkeep_stop(struct upkeep *upkeep)
{
	pthread_mutex_lock(&upkeep->lock);
	upkeep->ending = true;
	pthread_cond_signal(&upkeep->wake);
	pthread_mutex_unlock(&upkeep->lock);
	pthread_join(upkeep->thread, NULL);
	pthread_cond_destroy(&upkeep->wake);
	pthread_mutex_destroy(&upkeep->lock);
	free(upkeep);
}
