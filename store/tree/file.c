/*
 * The table of open files.
 *
 * However often a file of a space is opened there is one struct file, so that all who
 * have it open see one content. Writes gather in its buffers (file_buffer.c); what they
 * change of size and times is laid over every stat of the file (files_overlay) until an
 * edit stores both together.
 *
 * Removal. A file without a name lives while somebody has it open (orphan.c). Where only this room
 * opens files, unlink asks, under the space's lock, whether the file is open, and leaves an orphan if
 * so. The last close takes the file out of the table first and looks at nlink after: whichever of the
 * two comes second sees what the other did and removes the inode.
 *
 * Lock order: io -> the gate of the chunks -> space->lock -> files_lock. Two io locks are
 * taken in the order of their addresses.
 */
#include <errno.h>
#include <time.h>

#include "store/tree/file_internal.h"

/* ---- the table ---- */

static struct file **bucket_of(struct space *space, uint64_t number)
{
	return &space->files[number % FILE_BUCKETS];
}

/* files_lock is held. */
static struct file *table_find(struct space *space, uint64_t number)
{
	struct file *file = *bucket_of(space, number);

	while (file && file->number != number)
		file = file->next;
	return file;
}

static void table_remove(struct file *file)
{
	struct file **link = bucket_of(file->space, file->number);

	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
}

static struct file *file_new(struct space *space, uint64_t number)
{
	struct file *file = calloc(1, sizeof(*file));
	pthread_rwlockattr_t writers_first;

	if (!file)
		return NULL;
	file->space = space;
	file->number = number;
	pthread_rwlockattr_init(&writers_first);
	pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&file->io, &writers_first);
	pthread_rwlockattr_destroy(&writers_first);
	atomic_fetch_add(&space->trees->open_files, 1);
	return file;
}

static void file_free(struct file *file)
{
	if (!file)
		return;
	file_forget(file);
	atomic_fetch_sub(&file->space->trees->open_files, 1);
	pthread_rwlock_destroy(&file->io);
	free(file);
}

static void cleanup_new_file(struct file **file)
{
	file_free(*file);
}

/* A reference to number's file, if it is open. */
static struct file *file_take(struct space *space, uint64_t number)
{
	struct file *file;

	WITH_MUTEX(&space->files_lock);
	file = table_find(space, number);
	if (file)
		file->refs++;
	return file;
}

/* ---- open and close ---- */

int file_open(struct space *space, uint64_t number, struct file **ret_file)
{
	_cleanup_(cleanup_new_file) struct file *made = file_new(space, number);
	struct inode inode;
	struct file *file;
	int err;

	if (!made)
		return -ENOMEM;
	/* the space's lock keeps the removal of an orphan from coming between look and entry */
	WITH_READ(&space->lock);
	err = view_inode(space->view, number, &inode);
	if (err)
		return err;
	if (!S_ISREG(inode.mode))
		return -EINVAL;
	WITH_MUTEX(&space->files_lock);
	file = table_find(space, number);
	if (!file) {
		file = take_pointer(&made);
		file->next = *bucket_of(space, number);
		*bucket_of(space, number) = file;
	}
	file->refs++;
	*ret_file = file;
	return 0;
}

static bool is_orphan(struct space *space, uint64_t number)
{
	_cleanup_(cleanup_view) struct view *view = space_view(space);
	struct inode inode;

	return view_inode(view, number, &inode) == 0 && inode.nlink == 0;
}

/* True: that was the last reference, and nobody finds the file any more. */
static bool leave(struct file *file)
{
	WITH_MUTEX(&file->space->files_lock);
	if (--file->refs || (file->is_adopted && file->is_unstored))
		return false;
	table_remove(file);
	return true;
}

void file_drop(struct file *file)
{
	if (leave(file))
		file_free(file);
}

void file_put(struct file *file)
{
	struct space *space = file->space;

	if (!leave(file))
		return;
	/* what is left undone here, the next opening of the space does */
	if (!space->trees->in_use && is_orphan(space, file->number))
		orphan_remove(space, file->number);
	file_free(file);
}

static bool holds_unstored(struct file *file)
{
	WITH_MUTEX(&file->space->files_lock);
	return file->is_unstored;
}

void file_close(struct file *file)
{
	/* what nobody can open any more, or has open, need not be stored */
	if (holds_unstored(file) &&
	    (file->space->trees->in_use || !is_orphan(file->space, file->number)))
		file_flush(file);
	file_put(file);
}

bool files_is_open(struct space *space, uint64_t number)
{
	WITH_MUTEX(&space->files_lock);
	return table_find(space, number);
}

/* Nobody has a file open any more: what is in the table is what could not be stored. */
void files_leave(struct space *space)
{
	for (size_t i = 0; i < FILE_BUCKETS; i++)
		while (space->files[i]) {
			struct file *file = space->files[i];

			space->files[i] = file->next;
			/* its slots stay held */
			file->buffer_count = 0;
			file_free(file);
		}
}

/* ---- what is not stored yet ---- */

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

void files_overlay(struct space *space, struct inode *inode)
{
	struct file *file;

	WITH_MUTEX(&space->files_lock);
	file = table_find(space, inode->number);
	if (!file || !file->is_unstored)
		return;
	inode->size = file->size;
	inode->blocks += file->new_blocks;
	inode->mtime = file->changed;
	if (is_later(&file->changed, &inode->ctime))
		inode->ctime = file->changed;
}

bool files_unstored(struct space *space)
{
	WITH_MUTEX(&space->files_lock);
	for (size_t i = 0; i < FILE_BUCKETS; i++)
		for (struct file *file = space->files[i]; file; file = file->next)
			if (file->is_unstored)
				return true;
	return false;
}

int file_flush(struct file *file)
{
	WITH_WRITE(&file->io);
	return file_store(file);
}

int file_sync(struct file *file)
{
	int err = file_flush(file);

	return err ? err : kv_sync(file->space->trees->kv);
}

int files_flush(struct space *space, uint64_t number)
{
	struct file *file = file_take(space, number);
	int err;

	if (!file)
		return 0;
	err = file_flush(file);
	file_put(file);
	return err == -CSM_STALE ? 0 : err;
}

static void cleanup_files(struct buffer *files)
{
	for (size_t at = 0; at < files->size; at += sizeof(struct file *)) {
		struct file *file;

		memcpy(&file, files->data + at, sizeof(file));
		file_put(file);
	}
	buffer_release(files);
}

/* References to the files that have held something since before until. */
static int take_unstored(struct space *space, const struct timespec *until,
			 struct buffer *ret_files)
{
	WITH_MUTEX(&space->files_lock);
	for (size_t i = 0; i < FILE_BUCKETS; i++)
		for (struct file *file = space->files[i]; file; file = file->next) {
			if (!file->is_unstored || is_later(&file->since, until))
				continue;
			if (buffer_reserve(ret_files, sizeof(file)) < 0)
				return -ENOMEM;
			buffer_add(ret_files, &file, sizeof(file));
			file->refs++;
		}
	return 0;
}

int files_flush_all(struct space *space, unsigned age)
{
	_cleanup_(cleanup_files) struct buffer files = BUFFER_INIT;
	struct timespec until;
	int first;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec -= age;
	first = take_unstored(space, &until, &files);
	for (size_t at = 0; at < files.size; at += sizeof(struct file *)) {
		struct file *file;
		int err;

		memcpy(&file, files.data + at, sizeof(file));
		err = file_flush(file);
		if (err && err != -CSM_STALE && !first)
			first = err;
	}
	return first;
}

/* ---- read and write ---- */

int file_stored(struct file *file, struct view **ret_view, struct inode *ret_inode)
{
	_cleanup_(cleanup_view) struct view *view = space_view(file->space);
	int err = view_inode(view, file->number, ret_inode);

	if (err)
		return err;
	if (file->is_unstored && ret_inode->size != file->stored_size)
		return -CSM_STALE;
	*ret_view = take_pointer(&view);
	return 0;
}

int file_read(struct file *file, uint64_t offset, void *data, size_t size, size_t *ret_got)
{
	WITH_READ(&file->io);
	return file_get_bytes(file, offset, data, size, ret_got);
}

static int drop_privileges(struct file *file)
{
	static const struct attr_change change = { .kill_priv = true };
	_cleanup_(cleanup_view) struct view *view = NULL;
	_cleanup_(cleanup_edit) struct edit edit = { .locked = false };
	struct inode stored, *inode;
	int err = file_stored(file, &view, &stored);

	if (err)
		return err;
	if (!(stored.mode & S_ISUID) && (stored.mode & (S_ISGID | S_IXGRP)) != (S_ISGID | S_IXGRP))
		return 0;
	err = edit_begin(&edit, file->space);
	if (!err)
		err = edit_inode(&edit, file->number, &inode);
	if (!err)
		err = edit_apply(&edit, inode, &change);
	if (!err)
		err = edit_commit(&edit);
	return err ? err : 1;
}

int file_drop_privileges(struct file *file)
{
	WITH_WRITE(&file->io);
	return drop_privileges(file);
}

int file_write(struct file *file, uint64_t offset, const void *data, size_t size, bool kill_priv)
{
	int err = 0;

	if (size == 0)
		return 0;
	if (offset > FILE_SIZE_MAX || size > FILE_SIZE_MAX - offset)
		return -EFBIG;
	WITH_WRITE(&file->io);
	if (kill_priv)
		err = drop_privileges(file);
	return err < 0 ? err : file_put_bytes(file, offset, data, size);
}
