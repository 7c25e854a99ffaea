/*
 * The table of handles, by number. Numbers start at a random place, so that those of an
 * earlier daemon are not taken for ours.
 *
 * A handle keeps its level, so a level can be deleted under open files: their requests then
 * say that the file is stale.
 *
 * Whoever may read may open, so what a handle holds is bounded, or an ordinary user could pin
 * any amount of memory. A text is what it was when it was opened and cannot be made again: its
 * bytes are counted for the user. A listing can be taken anew at any place of it, so those of
 * others go when all are too much.
 *
 * Lock order: a handle's lock, then the table's. Against that order the table only tries.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/control.h"
#include "fs/handle.h"
#include "fs/handover.h"
#include "fs/loop.h"
#include "fs/virtual.h"
#include "store/base/log.h"

#define BUCKETS 1024
#define UNKNOWN_USER UINT32_MAX /* no user's: who opened what an earlier daemon had open */

/* The texts one user has open. */
struct reader_user {
	struct reader_user *next;
	uint32_t uid;
	size_t bytes;
};

struct handles {
	struct handover *handover; /* immutable */
	pthread_mutex_t lock; /* everything below, and each handle's next */
	uint64_t next_id;
	struct reader_user *users; /* only who has any */
	size_t listings;           /* bytes of all listings */
	size_t evicted;            /* the bucket from which the last listing was let go */
	struct handle *buckets[BUCKETS];
};

/* ---- what users hold; under the table's lock ---- */

static struct reader_user **find_user(struct handles *handles, uint32_t uid)
{
	struct reader_user **at = &handles->users;

	while (*at && (*at)->uid != uid)
		at = &(*at)->next;
	return at;
}

static int count_text(struct handles *handles, const struct handle *handle)
{
	struct reader_user **at = find_user(handles, handle->uid), *user = *at;

	if (!handle->uid || !handle->text.size)
		return 0;
	if (user && user->bytes + handle->text.size > TEXTS_PER_USER)
		return -EMFILE;
	if (!user) {
		user = calloc(1, sizeof(*user));
		if (!user)
			return -ENOMEM;
		user->uid = handle->uid;
		*at = user;
	}
	user->bytes += handle->text.size;
	return 0;
}

static void uncount(struct handles *handles, const struct handle *handle)
{
	struct reader_user **at = find_user(handles, handle->uid), *user = *at;

	handles->listings -= handle->counted;
	if (!user || !handle->text.size)
		return;
	user->bytes -= handle->text.size;
	if (!user->bytes) {
		*at = user->next;
		free(user);
	}
}

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
	if (handle->file)
		file_close(handle->file);
	level_put(handle->level);
	buffer_release(&handle->text);
	listing_release(&handle->listing);
	pthread_mutex_destroy(&handle->lock);
	free(handle);
}

int handles_new(struct mount *mount, struct handles **ret_handles)
{
	struct handles *handles = calloc(1, sizeof(*handles));

	if (!handles)
		return -ENOMEM;
	if (getrandom(&handles->next_id, sizeof(handles->next_id), 0) < 0)
		handles->next_id = (uint64_t)getpid() << 32;
	handles->handover = mount->handover;
	pthread_mutex_init(&handles->lock, NULL);
	*ret_handles = handles;
	return 0;
}

void handles_free(struct handles *handles, bool goes_on)
{
	if (!handles)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (handles->buckets[i]) {
			struct handle *handle = handles->buckets[i];

			handles->buckets[i] = handle->next;
			uncount(handles, handle);
			if (goes_on)
				handle->file = NULL; /* its space has it */
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

static int open_text(struct place *place, struct handle *handle)
{
	const struct control *control;

	handle->kind = HANDLE_TEXT;
	if (place->node.kind == NODE_FIXED && place->node.number >= FIXED_VIRTUAL)
		return virtual_text(place->mount, place->node.number - FIXED_VIRTUAL, handle->uid,
				    &handle->text);
	if (place->node.kind == NODE_LEVEL && place->node.number >= LEVEL_VALUE) {
		control = control_numbered(CONTROL_LEVEL, place->node.number - LEVEL_VALUE);
		return control ? control_file_text(place, control, &handle->text) : -CSM_STALE;
	}
	return -EINVAL;
}

/* Whether it is a regular file, file_open() finds out; to stat it first would read its row twice. */
static int open_in_tree(struct place *place, struct handle *handle)
{
	int err = file_open(place->space, place->node.number, &handle->file);

	if (err)
		return err == -EINVAL ? -EISDIR : err;
	handle->kind = HANDLE_FILE;
	handle->place = HANDOVER_NO_PLACE;
	handle->level = take_pointer(&place->level);
	return 0;
}

static int open_one(struct place *place, bool as_directory, struct handle *handle)
{
	double timeout;
	struct stat stat;
	int err;

	if (!as_directory && place_in_tree(place))
		return open_in_tree(place, handle);
	err = place_stat(place, &stat, &timeout);
	if (err)
		return err;
	if (S_ISDIR(stat.st_mode) != as_directory)
		return as_directory ? -ENOTDIR : -EISDIR;
	if (!as_directory)
		return open_text(place, handle);
	handle->kind = HANDLE_DIRECTORY;
	return 0;
}

static struct handle *handle_new(uint32_t uid, uint64_t id)
{
	struct handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->uid = uid;
	handle->id = id;
	pthread_mutex_init(&handle->lock, NULL);
	return handle;
}

/* id 0: the next one. The place gives its level to the handle. */
static int open_as(struct place *place, bool as_directory, uint32_t uid, uint64_t id,
		   struct handle **ret_handle)
{
	struct handles *handles = place->mount->handles;
	struct handle *handle = handle_new(uid, id), **at;
	int err;

	if (!handle)
		return -ENOMEM;
	err = open_one(place, as_directory, handle);
	if (err) {
		close_one(handle);
		return err;
	}
	WITH_MUTEX(&handles->lock);
	if (!handle->id)
		handle->id = ++handles->next_id;
	at = find(handles, handle->id);
	if (*at) {
		/* Another request for the same unknown number was quicker. */
		close_one(handle);
		handle = *at;
	} else {
		err = count_text(handles, handle);
		if (err) {
			close_one(handle);
			return err;
		}
		if (handle->kind == HANDLE_FILE)
			handle->place = handover_add_file(handles->handover, handle->id, place->id,
							  id ? 0 : loop_request()->unique, uid);
		if (handle->kind == HANDLE_FILE && handle->place == HANDOVER_NO_PLACE) {
			close_one(handle); /* the next worker would not know that it is open */
			return -ENOMEM;
		}
		*at = handle;
	}
	*ret_handle = handle;
	return 0;
}

/* A file that has its place in the handover already. */
static int open_again(struct place *place, const struct handover_file *file, uint32_t number,
		      struct handle **ret_handle)
{
	struct handles *handles = place->mount->handles;
	struct handle *handle = handle_new(file->uid, file->id), **at;
	int err;

	if (!handle)
		return -ENOMEM;
	err = place_in_tree(place) ? open_in_tree(place, handle) : -CSM_STALE;
	if (err) {
		close_one(handle);
		return err;
	}
	handle->place = number;
	WITH_MUTEX(&handles->lock);
	at = find(handles, handle->id);
	handle->next = *at;
	*at = handle;
	*ret_handle = handle;
	return 0;
}

int handle_open(struct place *place, bool as_directory, uint32_t uid, uint64_t *ret_id)
{
	struct handle *handle;
	int err = open_as(place, as_directory, uid, 0, &handle);

	if (!err)
		*ret_id = handle->id;
	return err;
}

int handle_find(struct mount *mount, uint64_t id, uint64_t node, bool as_directory,
		struct handle **ret_handle)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err;

	pthread_mutex_lock(&mount->handles->lock);
	*ret_handle = *find(mount->handles, id);
	pthread_mutex_unlock(&mount->handles->lock);
	if (*ret_handle)
		return 0;
	err = place_open(mount, node, &place);
	return err ? err : open_as(&place, as_directory, UNKNOWN_USER, id, ret_handle);
}

void handle_close(struct mount *mount, uint64_t id)
{
	struct handle **at, *handle;

	pthread_mutex_lock(&mount->handles->lock);
	at = find(mount->handles, id);
	handle = *at;
	if (handle) {
		*at = handle->next;
		uncount(mount->handles, handle);
	}
	pthread_mutex_unlock(&mount->handles->lock);
	if (!handle)
		return;
	if (handle->kind == HANDLE_FILE)
		handover_remove_file(mount->handles->handover, handle->place);
	close_one(handle);
}

/* ---- after another worker ---- */

bool handles_reopen(struct mount *mount)
{
	struct handover *handover = mount->handover;
	uint64_t count = handover->head->files;
	bool all = true;

	for (uint64_t i = 0; i < count; i++) {
		_cleanup_(place_release) struct place place = PLACE_INIT;
		const struct handover_file *file = &handover->files[i];
		struct handle *handle;
		int err;

		if (!file->id)
			continue;
		err = place_open(mount, file->node, &place);
		if (!err)
			err = open_again(&place, file, (uint32_t)i, &handle);
		if (err && err != -CSM_STALE && err != -ENOENT) {
			log_line(LOG_LEVEL_WARNING, "an open file is lost: %s", error_text(err));
			all = false;
		}
	}
	return all;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

void handles_drop(struct mount *mount, const uint64_t *uniques, size_t count)
{
	struct handover *handover = mount->handover;
	_cleanup_free_ uint64_t *sorted = count ? malloc(count * sizeof(*sorted)) : NULL;

	if (!sorted)
		return;
	memcpy(sorted, uniques, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	for (uint64_t i = 0; i < handover->head->files; i++) {
		const struct handover_file *file = &handover->files[i];

		if (file->id && bsearch(&file->unique, sorted, count, sizeof(*sorted), compare))
			handle_close(mount, file->id);
	}
}
