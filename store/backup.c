/*
 * Making, listing and dropping backups.
 *
 * No lock of the store is held while a backup is made. Every prefix of the order of commits is a
 * store that a crash at that moment would have left, and such a store is complete: that is
 * what the crash tests show (docs/reliability.md). So the moment may be any, and nobody waits.
 *
 * A backup grows under a name that none may have, gets its superblock last, and then its name by
 * one rename; a dropped one loses its name first. What a crash leaves has one of those two
 * names and goes at the next start. A directory without a superblock is no backup and is not shown.
 *
 * When it was made is the modification time of its superblock, which every copying program keeps.
 */
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/store.h"
#include "store/superblock.h"

#define BACKUPS	   "backups"
#define BEING_MADE ".new"
#define BEING_GONE ".old"
#define KEY_BYTES_MAX 16384
#define DEPTH_MAX 4 /* a backup, its database, and one that RocksDB had not finished */

static void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void cleanup_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static char *path_of(const struct store *store, const char *name)
{
	char *path;

	return asprintf(&path, "%s/" BACKUPS "%s%s", store->path, name[0] ? "/" : "", name) < 0 ? NULL
												: path;
}

/* STORE/backups: a descriptor, or -ENOENT when there was no backup ever. */
static int open_backups(const struct store *store)
{
	_cleanup_free_ char *path = NULL;
	int fd;

	if (!store->path)
		return -EOPNOTSUPP;
	path = path_of(store, "");
	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* ---- removing ---- */

static int remove_tree(int parent, const char *name, unsigned depth);

static int remove_entries(DIR *dir, unsigned depth)
{
	struct dirent *entry;
	int err = 0;

	while (!err && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			continue;
		err = errno == EISDIR || errno == EPERM ? remove_tree(dirfd(dir), entry->d_name, depth)
							: -errno;
	}
	return err;
}

static int remove_tree(int parent, const char *name, unsigned depth)
{
	_cleanup_(cleanup_dir) DIR *dir = NULL;
	int fd, err;

	if (depth == 0)
		return -ELOOP;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	err = remove_entries(dir, depth - 1);
	if (!err && unlinkat(parent, name, AT_REMOVEDIR))
		err = -errno;
	return err;
}

static int remove_leftovers(int backups)
{
	int err = remove_tree(backups, BEING_MADE, DEPTH_MAX);

	return err ? err : remove_tree(backups, BEING_GONE, DEPTH_MAX);
}

int backups_clean(struct store *store)
{
	_cleanup_(cleanup_fd) int backups = open_backups(store);

	if (backups < 0)
		return backups == -ENOENT || backups == -EOPNOTSUPP ? 0 : backups;
	WITH_MUTEX(&store->backups);
	return remove_leftovers(backups);
}

/* ---- what is there ---- */

/* 0 when it is a backup. */
static int look_at(int backups, const char *name, struct timespec *ret_made)
{
	char superblock[LEVEL_NAME_MAX + sizeof("/" SUPERBLOCK_NAME)];
	struct stat st;

	if (name_check(name) != 0)
		return -ENOENT;
	snprintf(superblock, sizeof(superblock), "%s/" SUPERBLOCK_NAME, name);
	if (fstatat(backups, superblock, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return -ENOENT;
	*ret_made = st.st_mtim;
	return 0;
}

int backup_find(struct store *store, const char *name, struct timespec *ret_made)
{
	_cleanup_(cleanup_fd) int backups = open_backups(store);

	if (backups < 0)
		return backups == -EOPNOTSUPP ? -ENOENT : backups;
	return look_at(backups, name, ret_made);
}

int backups_each(struct store *store,
		 int (*each)(void *context, const char *name, const struct timespec *made),
		 void *context)
{
	_cleanup_(cleanup_dir) DIR *dir = NULL;
	int backups = open_backups(store), err = 0;
	struct dirent *entry;
	struct timespec made;

	if (backups < 0)
		return backups == -ENOENT || backups == -EOPNOTSUPP ? 0 : backups;
	dir = fdopendir(backups);
	if (!dir) {
		close(backups);
		return -ENOMEM;
	}
	while (!err && (entry = readdir(dir)))
		if (look_at(backups, entry->d_name, &made) == 0)
			err = each(context, entry->d_name, &made);
	return err;
}

/* Whatever it is that has the name. */
static int check_free(int backups, const char *name)
{
	_cleanup_(cleanup_dir) DIR *dir = NULL;
	int fd = openat(backups, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	struct dirent *entry;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (entry = readdir(dir)))
		if (strcasecmp(entry->d_name, name) == 0)
			err = -CSM_BACKUP_EXISTS;
	return err;
}

/* ---- making ---- */

/* Short files of our own: read at once, and on disk when it returns. */
static int copy_file(int from, int to, const char *name)
{
	_cleanup_(cleanup_fd) int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(cleanup_fd) int copy = -1;
	char bytes[KEY_BYTES_MAX];
	ssize_t size, written;

	if (source < 0)
		return -errno;
	size = read(source, bytes, sizeof(bytes));
	if (size < 0)
		return -errno;
	if ((size_t)size == sizeof(bytes))
		return -EFBIG;
	copy = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (copy < 0)
		return -errno;
	written = write(copy, bytes, (size_t)size);
	if (written < 0)
		return -errno;
	if (written != size)
		return -ENOSPC;
	return fsync(copy) ? -errno : 0;
}

static int copy_key(struct store *store, const char *path)
{
	_cleanup_(cleanup_fd) int from = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(cleanup_fd) int to = -1;

	if (from < 0)
		return -errno;
	to = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return to < 0 ? -errno : copy_file(from, to, "key.pem");
}

/* STORE/backups/.new with everything in it; its superblock comes last and syncs the directory. */
static int fill(struct store *store, int backups)
{
	_cleanup_free_ char *path = path_of(store, BEING_MADE);
	_cleanup_free_ char *database = path_of(store, BEING_MADE "/db");
	struct superblock superblock;
	int err = superblock_read(store->path, &superblock);

	if (err)
		return err;
	if (!path || !database)
		return -ENOMEM;
	if (mkdirat(backups, BEING_MADE, 0700))
		return -errno;
	err = kv_checkpoint(store->engine.kv, database);
	if (!err)
		err = copy_key(store, path);
	return err ? err : superblock_write(path, &superblock);
}

static int give_name(int backups, const char *name)
{
	if (renameat(backups, BEING_MADE, backups, name))
		return -errno;
	if (fsync(backups) == 0)
		return 0;
	remove_tree(backups, name, DEPTH_MAX);
	return -EIO;
}

/* STORE/backups, made when it is not there: a descriptor. */
static int make_backups(struct store *store)
{
	_cleanup_(cleanup_fd) int parent = -1;

	if (!store->path)
		return -EOPNOTSUPP;
	parent = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return -errno;
	if (mkdirat(parent, BACKUPS, 0700) && errno != EEXIST)
		return -errno;
	return fsync(parent) ? -errno : open_backups(store);
}

static int make(struct store *store, struct filespace *filespace, const char *name)
{
	_cleanup_(cleanup_fd) int backups = -1;
	int err = name_check(name);

	if (err)
		return err;
	WITH_MUTEX(&store->backups);
	backups = make_backups(store);
	if (backups < 0)
		return backups;
	err = check_free(backups, name);
	if (!err)
		err = remove_leftovers(backups);
	if (!err)
		err = filespace_sync(filespace);
	if (err)
		return err;
	err = fill(store, backups);
	if (!err)
		err = give_name(backups, name);
	if (err)
		remove_tree(backups, BEING_MADE, DEPTH_MAX);
	return err;
}

/* ---- dropping ---- */

/* A backup that was opened has a lock, held by who has it open. A descriptor, or -ENOENT: no lock. */
static int take_lock(int backups, const char *name)
{
	char lock[LEVEL_NAME_MAX + sizeof("/lock")];
	int fd, err;

	snprintf(lock, sizeof(lock), "%s/lock", name);
	fd = openat(backups, lock, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	err = errno == EWOULDBLOCK ? -CSM_BACKUP_BUSY : -errno;
	close(fd);
	return err;
}

static int drop(struct store *store, const char *name)
{
	_cleanup_(cleanup_fd) int backups = open_backups(store), lock = -1;
	struct timespec made;
	int err;

	if (backups < 0)
		return backups;
	WITH_MUTEX(&store->backups);
	err = look_at(backups, name, &made);
	if (err)
		return err;
	lock = take_lock(backups, name);
	if (lock < 0 && lock != -ENOENT)
		return lock;
	err = remove_leftovers(backups);
	if (!err && renameat(backups, name, backups, BEING_GONE))
		err = -errno;
	if (!err && fsync(backups))
		err = -errno;
	return err ? err : remove_tree(backups, BEING_GONE, DEPTH_MAX);
}

/* ---- with a line of the log ---- */

static int logged(struct filespace *filespace, uint32_t uid, const char *operation, const char *name,
		  int code)
{
	_cleanup_free_ char *object = NULL;

	if (asprintf(&object, ".csmfs/" BACKUPS "/%s", name) < 0)
		object = NULL;
	oplog_add(filespace_oplog(filespace), uid, operation, object ? object : name, code, NULL);
	return code;
}

int backup_add(struct store *store, struct filespace *filespace, const char *name, uint32_t uid)
{
	return logged(filespace, uid, "backup", name, make(store, filespace, name));
}

int backup_delete(struct store *store, struct filespace *filespace, const char *name, uint32_t uid)
{
	return logged(filespace, uid, "dropbackup", name, drop(store, name));
}
