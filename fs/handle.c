/*
 * The table of handles, by number. Numbers start at a random place, so that those of an
 * earlier daemon are not taken for ours.
 *
 * Whoever may read may open, so what a handle holds is bounded, or an ordinary user could pin
 * any amount of memory. A listing can be taken anew at any place of it, so those of others go when
 * all are too much.
 *
 * Lock order: a handle's lock, then the table's. Against that order the table only tries.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/handle.h"

#define BUCKETS 1024

struct handles {
	pthread_mutex_t lock; /* everything below, and each handle's next */
	uint64_t next_id;
	size_t listings; /* bytes of all listings */
	size_t evicted;	 /* the bucket from which the last listing was let go */
	struct handle *buckets[BUCKETS];
};

/* ---- listings ---- */

static size_t listing_bytes(const struct listing *listing)
{
	return listing->capacity * sizeof(listing->entries[0]) + listing->names.capacity;
}

/* Under the table's lock. A directory that is just being read keeps its listing. */
static void let_go(struct handles *handles, struct handle *handle)
{
	if (!handle->counted || pthread_mutex_trylock(&handle->lock))
		return;
	handles->listings -= handle->counted;
	handle->counted = 0;
	handle->listed = false;
	listing_release(&handle->listing);
	pthread_mutex_unlock(&handle->lock);
}

void handle_listed(struct mount *mount, struct handle *handle)
{
	struct handles *handles = mount->handles;

	WITH_MUTEX(&handles->lock);
	handles->listings -= handle->counted;
	handle->counted = listing_bytes(&handle->listing);
	handles->listings += handle->counted;
	for (size_t i = 0; i < BUCKETS && handles->listings > LISTINGS_KEPT; i++) {
		struct handle *other = handles->buckets[++handles->evicted % BUCKETS];

		for (; other && handles->listings > LISTINGS_KEPT; other = other->next)
			if (other != handle)
				let_go(handles, other);
	}
}

/* ---- the table ---- */

static void close_one(struct handle *handle)
{
	level_put(handle->level);
	listing_release(&handle->listing);
	pthread_mutex_destroy(&handle->lock);
	free(handle);
}

int handles_new(struct handles **ret_handles)
{
	struct handles *handles = calloc(1, sizeof(*handles));

	if (!handles)
		return -ENOMEM;
	if (getrandom(&handles->next_id, sizeof(handles->next_id), 0) < 0)
		handles->next_id = (uint64_t)getpid() << 32;
	pthread_mutex_init(&handles->lock, NULL);
	*ret_handles = handles;
	return 0;
}

void handles_free(struct handles *handles)
{
	if (!handles)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (handles->buckets[i]) {
			struct handle *handle = handles->buckets[i];

			handles->buckets[i] = handle->next;
			close_one(handle);
		}
	pthread_mutex_destroy(&handles->lock);
	free(handles);
}

static struct handle **find(struct handles *handles, uint64_t id)
{
	struct handle **at = &handles->buckets[id % BUCKETS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

/* ---- opening ---- */

static int handle_new(struct place *place, uint64_t id, struct handle **ret_handle)
{
	struct handle *handle;
	double timeout;
	struct stat stat;
	int err = place_stat(place, &stat, &timeout);

	if (err)
		return err;
	if (!S_ISDIR(stat.st_mode))
		return -ENOTDIR;
	handle = calloc(1, sizeof(*handle));
	if (!handle)
		return -ENOMEM;
	handle->id = id;
	handle->level = take_pointer(&place->level);
	pthread_mutex_init(&handle->lock, NULL);
	*ret_handle = handle;
	return 0;
}

/* id 0: the next one. The place gives its level to the handle. */
static int open_as(struct place *place, uint64_t id, struct handle **ret_handle)
{
	struct handles *handles = place->mount->handles;
	struct handle *handle, **at;
	int err = handle_new(place, id, &handle);

	if (err)
		return err;
	WITH_MUTEX(&handles->lock);
	if (!handle->id)
		handle->id = ++handles->next_id;
	at = find(handles, handle->id);
	if (*at)
		close_one(handle); /* another request for the same unknown number was quicker */
	else
		*at = handle;
	*ret_handle = *at;
	return 0;
}

int handle_open(struct place *place, uint64_t *ret_id)
{
	struct handle *handle;
	int err = open_as(place, 0, &handle);

	if (!err)
		*ret_id = handle->id;
	return err;
}

int handle_find(struct mount *mount, uint64_t id, uint64_t node, struct handle **ret_handle)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err;

	pthread_mutex_lock(&mount->handles->lock);
	*ret_handle = *find(mount->handles, id);
	pthread_mutex_unlock(&mount->handles->lock);
	if (*ret_handle)
		return 0;
	err = place_open(mount, node, &place);
	return err ? err : open_as(&place, id, ret_handle);
}

void handle_close(struct mount *mount, uint64_t id)
{
	struct handle **at, *handle;

	pthread_mutex_lock(&mount->handles->lock);
	at = find(mount->handles, id);
	handle = *at;
	if (handle) {
		*at = handle->next;
		mount->handles->listings -= handle->counted;
	}
	pthread_mutex_unlock(&mount->handles->lock);
	if (handle)
		close_one(handle);
}
