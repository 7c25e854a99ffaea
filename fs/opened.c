/*
 * A table by node, and a list of those that no request uses, the one used last at its end.
 *
 * Files are closed without the lock: to close may store what was written. Who asks for the node meanwhile
 * opens it anew and gets the same struct file from the space.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "fs/opened.h"

enum { BUCKETS = 1024, IDLE_MAX = 256 };

struct opened_files {
	pthread_mutex_t lock; /* everything below, and the table's part of each file */
	size_t idle;
	struct opened *oldest, *newest;
	struct opened *buckets[BUCKETS];
};

/* ---- the table; under its lock ---- */

static struct opened **bucket_of(struct opened_files *files, uint64_t node)
{
	return &files->buckets[(node * 0x9e3779b97f4a7c15) >> 54];
}

static struct opened *find(struct opened_files *files, uint64_t node)
{
	struct opened *opened = *bucket_of(files, node);

	while (opened && opened->node != node)
		opened = opened->next;
	return opened;
}

static void add(struct opened_files *files, struct opened *opened)
{
	struct opened **bucket = bucket_of(files, opened->node);

	opened->next = *bucket;
	*bucket = opened;
}

static void take_out(struct opened_files *files, struct opened *opened)
{
	struct opened **at = bucket_of(files, opened->node);

	while (*at != opened)
		at = &(*at)->next;
	*at = opened->next;
}

static void rest(struct opened_files *files, struct opened *opened)
{
	opened->older = files->newest;
	opened->newer = NULL;
	*(files->newest ? &files->newest->newer : &files->oldest) = opened;
	files->newest = opened;
	files->idle++;
}

static void wake(struct opened_files *files, struct opened *opened)
{
	*(opened->older ? &opened->older->newer : &files->oldest) = opened->newer;
	*(opened->newer ? &opened->newer->older : &files->newest) = opened->older;
	files->idle--;
}

/* ---- one file ---- */

static void close_one(struct opened *opened)
{
	if (opened->file)
		file_close(opened->file);
	level_put(opened->level);
	free(opened);
}

static int open_one(struct mount *mount, uint64_t node, struct opened **ret_opened)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	struct opened *opened;
	int err = place_open(mount, node, &place);

	if (!err && place.node.kind != NODE_TREE)
		err = place_in_delta(&place) ? -EISDIR : -EINVAL;
	if (err)
		return err;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->node = node;
	opened->users = 1;
	err = file_open(place.space, place.node.number, &opened->file);
	if (err) {
		free(opened);
		return err == -EINVAL ? -EISDIR : err;
	}
	opened->level = take_pointer(&place.level);
	*ret_opened = opened;
	return 0;
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return time.tv_sec;
}

/* ---- requests ---- */

/* The one that is there, or made, which may be NULL. */
static struct opened *get_known(struct opened_files *files, uint64_t node, struct opened *made)
{
	struct opened *opened;

	WITH_MUTEX(&files->lock);
	opened = find(files, node);
	if (opened && opened->users++ == 0)
		wake(files, opened);
	if (!opened && made)
		add(files, made);
	return opened ? opened : made;
}

int opened_get(struct mount *mount, uint64_t node, struct opened **ret_opened)
{
	struct opened_files *files = mount->opened_files;
	struct opened *known = get_known(files, node, NULL), *made;
	int err;

	if (known && known->level && level_is_gone(known->level)) {
		opened_put(mount, known, -CSM_STALE);
		return -CSM_STALE;
	}
	if (!known) {
		err = open_one(mount, node, &made);
		if (err)
			return err;
		known = get_known(files, node, made);
		if (known != made)
			close_one(made);
	}
	*ret_opened = known;
	return 0;
}

void opened_put(struct mount *mount, struct opened *opened, int code)
{
	struct opened_files *files = mount->opened_files;
	struct opened *closed = NULL;

	if (!opened)
		return;
	pthread_mutex_lock(&files->lock);
	if (code == -CSM_STALE && !opened->is_stale) {
		opened->is_stale = true;
		take_out(files, opened);
	}
	opened->used = now();
	if (--opened->users == 0 && opened->is_stale) {
		closed = opened;
	} else if (opened->users == 0) {
		rest(files, opened);
		if (files->idle > IDLE_MAX) {
			closed = files->oldest;
			wake(files, closed);
			take_out(files, closed);
		}
	}
	pthread_mutex_unlock(&files->lock);
	if (closed)
		close_one(closed);
}

static struct opened *take_unused(struct opened_files *files, uint64_t node)
{
	struct opened *opened;

	WITH_MUTEX(&files->lock);
	opened = find(files, node);
	if (!opened || opened->users)
		return NULL;
	wake(files, opened);
	take_out(files, opened);
	return opened;
}

void opened_forget(struct mount *mount, uint64_t node)
{
	struct opened *opened = take_unused(mount->opened_files, node);

	if (opened)
		close_one(opened);
}

static struct opened *take_idle(struct opened_files *files, time_t until)
{
	struct opened *opened;

	WITH_MUTEX(&files->lock);
	opened = files->oldest;
	if (!opened || opened->used > until)
		return NULL;
	wake(files, opened);
	take_out(files, opened);
	return opened;
}

void opened_tend(struct mount *mount, unsigned seconds)
{
	time_t until = now() - (time_t)seconds;
	struct opened *opened;

	while ((opened = take_idle(mount->opened_files, until)))
		close_one(opened);
}

int opened_new(struct opened_files **ret_files)
{
	struct opened_files *files = calloc(1, sizeof(*files));

	if (!files)
		return -ENOMEM;
	pthread_mutex_init(&files->lock, NULL);
	*ret_files = files;
	return 0;
}

void opened_free(struct opened_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (files->buckets[i]) {
			struct opened *opened = files->buckets[i];

			files->buckets[i] = opened->next;
			close_one(opened);
		}
	pthread_mutex_destroy(&files->lock);
	free(files);
}
