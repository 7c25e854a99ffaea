/*
 * A copy of the database as it is at one moment, while it is written.
 *
 * RocksDB's checkpoint does the work: it flushes the memtables, then links the files that never
 * change (tables, blob files) and copies what is left of the write-ahead log, up to where it
 * was written then. As both families share that log, what opens again is what all batches up
 * to one of them had made: rows never refer to blobs that the copy lacks.
 *
 * Links cost no space and no reading. A file system that has no hard links makes RocksDB
 * copy every byte; room for that is looked for first, because a copy that fills the disk
 * would stop everybody who writes.
 *
 * The copy has a watermark of its own, so that damage to its log is told like that of any other.
 * RocksDB syncs what it copies, but not a log that it links.
 */
#include "store/engine/engine_rocksdb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_ALWAYS 0
#define COPIED_BYTES ((uint64_t)4 << 20) /* MANIFEST, OPTIONS, and the log written meanwhile */

/* ---- room ---- */

/* Can a file of the database have a second name beside path? */
static bool has_links(struct rocks *rocks, const char *path)
{
	_cleanup_free_ char *from = NULL;
	_cleanup_free_ char *to = NULL;
	bool linked;

	if (asprintf(&from, "%s/CURRENT", rocks->path) < 0)
		from = NULL;
	if (asprintf(&to, "%s.link", path) < 0)
		to = NULL;
	linked = from && to && link(from, to) == 0;
	if (linked)
		unlink(to);
	return linked;
}

static int room_for_copy(struct rocks *rocks, const char *path)
{
	return rocks_room_for(rocks, has_links(rocks, path) ? COPIED_BYTES
							    : rocks_disk_bytes(rocks) + COPIED_BYTES);
}

/* ---- the disk ---- */

static int sync_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), code;

	if (fd < 0)
		return -errno;
	code = fsync(fd) ? -errno : 0;
	close(fd);
	return code;
}

/* Tables and blob files were synced before the database knew them. */
static bool is_synced(const char *name)
{
	const char *ending = strrchr(name, '.');

	return ending && (strcmp(ending, ".sst") == 0 || strcmp(ending, ".blob") == 0);
}

static int sync_copy(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int code = 0;

	if (!dir)
		return -errno;
	while (code == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !is_synced(entry->d_name))
			code = sync_file(dirfd(dir), entry->d_name);
	if (code == 0 && fsync(dirfd(dir)))
		code = -errno;
	closedir(dir);
	return code;
}

static int write_watermark(const char *path, uint64_t sequence)
{
	struct watermark mark = WATERMARK_INIT;
	uint64_t none;
	int code = watermark_open(&mark, path, &none);

	if (code)
		return code;
	watermark_raise(&mark, sequence);
	watermark_close(&mark);
	return 0;
}

static void remove_copy(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0); /* the database has files only */
	closedir(dir);
	rmdir(path);
}

/* ---- the copy ---- */

static int copy_database(struct rocks *rocks, const char *path)
{
	rocksdb_checkpoint_t *checkpoint;
	char *err = NULL;

	checkpoint = rocksdb_checkpoint_object_create(rocks->db, &err);
	if (err)
		return rocks_error(err, "begin a checkpoint");
	rocksdb_checkpoint_create(checkpoint, path, FLUSH_ALWAYS, &err);
	rocksdb_checkpoint_object_destroy(checkpoint);
	return rocks_error(err, "checkpoint");
}

int rocks_checkpoint(struct rocks *rocks, const char *path)
{
	struct stat st;
	uint64_t sequence;
	int code;

	if (lstat(path, &st) == 0)
		return -EEXIST;
	code = room_for_copy(rocks, path);
	if (code == 0)
		code = rocks_sync(rocks);
	if (code)
		return code;
	sequence = rocksdb_get_latest_sequence_number(rocks->db);
	code = copy_database(rocks, path);
	if (code == 0)
		code = write_watermark(path, sequence);
	if (code == 0)
		code = sync_copy(path);
	if (code)
		remove_copy(path);
	return code;
}
