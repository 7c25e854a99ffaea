/*
 * The table of handles, by number. Numbers start at a random place, so that those of an
 * earlier daemon are not taken for ours.
 *
 * A handle keeps its level, so a level can be deleted under open files: their requests then
 * say that the file is stale.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/control.h"
#include "fs/handle.h"
#include "fs/virtual.h"

#define BUCKETS 1024

struct handles {
	pthread_mutex_t lock; /* everything below, and each handle's next */
	uint64_t next_id;
	struct handle *buckets[BUCKETS];
};

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

static int open_text(struct place *place, struct handle *handle)
{
	const struct control *control;

	handle->kind = HANDLE_TEXT;
	if (place->node.kind == NODE_FIXED && place->node.number >= FIXED_VIRTUAL)
		return virtual_text(place->mount, place->node.number - FIXED_VIRTUAL, &handle->text);
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

/* id 0: the next one. The place gives its level to the handle. */
static int open_as(struct place *place, bool as_directory, uint64_t id, struct handle **ret_handle)
{
	struct handles *handles = place->mount->handles;
	struct handle *handle = calloc(1, sizeof(*handle)), **at;
	int err;

	if (!handle)
		return -ENOMEM;
	pthread_mutex_init(&handle->lock, NULL);
	err = open_one(place, as_directory, handle);
	if (err) {
		close_one(handle);
		return err;
	}
	WITH_MUTEX(&handles->lock);
	handle->id = id ? id : ++handles->next_id;
	at = find(handles, handle->id);
	if (*at) {
		/* Another request for the same unknown number was quicker. */
		close_one(handle);
		handle = *at;
	} else {
		*at = handle;
	}
	*ret_handle = handle;
	return 0;
}

int handle_open(struct place *place, bool as_directory, uint64_t *ret_id)
{
	struct handle *handle;
	int err = open_as(place, as_directory, 0, &handle);

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
	return err ? err : open_as(&place, as_directory, id, ret_handle);
}

void handle_close(struct mount *mount, uint64_t id)
{
	struct handle **at, *handle;

	pthread_mutex_lock(&mount->handles->lock);
	at = find(mount->handles, id);
	handle = *at;
	if (handle)
		*at = handle->next;
	pthread_mutex_unlock(&mount->handles->lock);
	if (handle)
		close_one(handle);
}
