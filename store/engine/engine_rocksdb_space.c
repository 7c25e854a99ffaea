/*
 * The space of the disk that the database lies on.
 *
 * A disk that is full to the last block cannot even take the record that something was
 * deleted; RocksDB then refuses every write until somebody else makes room. So blobs are
 * refused earlier, while rows still fit: the next flush has to write once more what the
 * memtables hold, and on top of that a reserve stays for rows, deletions and
 * compactions. A full store can be emptied with rm.
 *
 * Before a blob is refused the memtables are flushed: the log that has their bytes as well is
 * released, so that on a small disk it is not the log that fills it.
 */
#include "store/engine/engine_rocksdb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define RESERVE_SHARE 20 /* this part of the disk, but within the two bounds */
#define RESERVE_BYTES_MIN ((uint64_t)8 << 20)
#define RESERVE_BYTES_MAX ((uint64_t)64 << 20)
#define BLOB_FILE_BYTES_MAX ((uint64_t)16 << 20)
#define LOOK_BYTES (1u << 20)      /* put since the last look at the disk */
#define PLENTY_BYTES ((uint64_t)512 << 20) /* more than reserve and memtables together */
#define FLUSH_BYTES_MIN (1u << 20) /* less is not worth a file */
#define OPEN_BYTES ((uint64_t)1 << 20) /* files that every opening writes anew */

uint64_t rocks_disk_bytes(struct rocks *rocks)
{
	DIR *dir = opendir(rocks->path);
	uint64_t total = 0;
	struct dirent *entry;
	struct stat st;

	if (!dir)
		return 0;
	/* A file that goes away meanwhile counts as gone. */
	while ((entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			total += (uint64_t)st.st_size;
	closedir(dir);
	return total;
}

uint64_t rocks_unflushed(struct rocks *rocks)
{
	static const char memtables[] = "rocksdb.cur-size-all-mem-tables";

	return rocks_property(rocks, rocks->rows, memtables) +
	       rocks_property(rocks, rocks->blobs, memtables);
}

static uint64_t reserve_of(uint64_t disk_bytes)
{
	uint64_t reserve = disk_bytes / RESERVE_SHARE;

	if (reserve < RESERVE_BYTES_MIN)
		return RESERVE_BYTES_MIN;
	return reserve < RESERVE_BYTES_MAX ? reserve : RESERVE_BYTES_MAX;
}

uint64_t rocks_blob_file_bytes(const char *path)
{
	struct statvfs st;
	uint64_t bytes = BLOB_FILE_BYTES_MAX;

	if (statvfs(path, &st) == 0 && reserve_of(st.f_blocks * st.f_frsize) / 4 < bytes)
		bytes = reserve_of(st.f_blocks * st.f_frsize) / 4;
	return bytes;
}

bool rocks_can_open(const char *path)
{
	struct statvfs st;

	return statvfs(path, &st) < 0 || st.f_bavail * st.f_frsize >= OPEN_BYTES;
}

static bool has_space(struct rocks *rocks, uint64_t more, bool keeps_reserve)
{
	struct statvfs st;
	uint64_t needed;

	if (statvfs(rocks->path, &st) < 0)
		return true;
	needed = more + rocks_unflushed(rocks);
	if (keeps_reserve)
		needed += reserve_of(st.f_blocks * st.f_frsize);
	return st.f_bavail * st.f_frsize >= needed;
}

bool rocks_has_space(struct rocks *rocks, uint64_t more)
{
	return has_space(rocks, more, true);
}

bool rocks_has_last_space(struct rocks *rocks, uint64_t more)
{
	return has_space(rocks, more, false);
}

static bool make_room(struct rocks *rocks, uint64_t size)
{
	WITH_MUTEX(&rocks->make_room);
	/* Perhaps another thread just did. */
	if (rocks_has_space(rocks, size))
		return true;
	if (rocks_unflushed(rocks) < FLUSH_BYTES_MIN)
		return false;
	rocks_flush(rocks);
	return rocks_has_space(rocks, size);
}

/* Most disks have so much that nothing needs to be reckoned. */
static bool has_plenty(struct rocks *rocks, uint64_t more)
{
	struct statvfs st;

	return statvfs(rocks->path, &st) == 0 && st.f_bavail * st.f_frsize >= more + PLENTY_BYTES;
}

int rocks_room_for(struct rocks *rocks, uint64_t size)
{
	if (has_plenty(rocks, size) || rocks_has_space(rocks, size) || make_room(rocks, size))
		return 0;
	atomic_store(&rocks->full, true);
	return -ENOSPC;
}

int rocks_space_for(struct rocks *rocks, size_t size)
{
	bool full;

	if (!atomic_load(&rocks->full) &&
	    atomic_fetch_add(&rocks->unlooked, size) + size < LOOK_BYTES)
		return 0;
	atomic_store(&rocks->unlooked, 0);
	full = !rocks_has_space(rocks, size) && !make_room(rocks, size);
	atomic_store(&rocks->full, full);
	return full ? -ENOSPC : 0;
}
