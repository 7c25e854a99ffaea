/*
 * The front door: making a store and opening it, room after room from the engine up.
 *
 * STORE/lock is held as long as the store is open, so two daemons, or a daemon and fsck,
 * never meet in one database; the kernel gives it back when a process dies. A store that
 * is being made has everything but its superblock; when making fails, what was made is
 * taken away again, and a crash leaves a directory that is not a store.
 */
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"
#include "store/superblock.h"
#include "store/tree/unstored.h"

enum {
	MEMORY_CACHE_BYTES = 8 << 20,
	LOCK_PAUSE_US = 50000,
	LOCK_TRIES = 6,		   /* until a daemon that was just unmounted says that it closes */
	LOCK_TRIES_CLOSING = 1200, /* a minute for its last writes */
};

static char *path_in(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* ---- opening the rooms ---- */

static struct store *store_new(const char *path)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->lock_fd = -1;
	if (path) {
		store->path = strdup(path);
		if (!store->path) {
			free(store);
			return NULL;
		}
	}
	pthread_mutex_init(&store->backups, NULL);
	return store;
}

static void close_rooms(struct store *store)
{
	sign_key_free(take_pointer(&store->key));
	trees_close(take_pointer(&store->trees));
	chunks_free(take_pointer(&store->chunks));
	if (store->engine.kv)
		engine_close(&store->engine);
	store->engine = (struct engine){ NULL, NULL };
}

/*
 * umount(8) returns while the daemon still writes its last. Who opens the store next may wait
 * for that, so the lock file says that the store is being closed.
 */
static const char closing[] = "closing\n";

void store_say_closing(struct store *store)
{
	if (store->lock_fd >= 0 && pwrite(store->lock_fd, closing, sizeof(closing) - 1, 0) < 0)
		log_line(LOG_LEVEL_WARNING, "%s: the lock file is not written: %m", store->path);
}

static bool is_closing(const struct store *store)
{
	char text[sizeof(closing)];

	return pread(store->lock_fd, text, sizeof(text), 0) == sizeof(closing) - 1 &&
	       memcmp(text, closing, sizeof(closing) - 1) == 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_say_closing(store);
	close_rooms(store);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	pthread_mutex_destroy(&store->backups);
	free(store->path);
	free(store);
}

static void cleanup_store(struct store **store)
{
	store_close(*store);
}

static int wait_for_lock(struct store *store)
{
	for (int tries = 0; flock(store->lock_fd, LOCK_EX | LOCK_NB); tries++) {
		if (errno != EWOULDBLOCK)
			return -errno;
		if (tries >= (is_closing(store) ? LOCK_TRIES_CLOSING : LOCK_TRIES))
			return -CSM_STORE_BUSY;
		usleep(LOCK_PAUSE_US);
	}
	return ftruncate(store->lock_fd, 0) ? -errno : 0;
}

/* Ours and its holder's: a flock belongs to the open file, and ends with the last descriptor of it. */
static int share_lock(struct store *store, int held)
{
	store->lock_fd = fcntl(held, F_DUPFD_CLOEXEC, 0);
	return store->lock_fd < 0 || ftruncate(store->lock_fd, 0) < 0 ? -errno : 0;
}

static int take_lock(struct store *store)
{
	_cleanup_free_ char *path = path_in(store->path, "lock");
	int err;

	if (!path)
		return -ENOMEM;
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return -errno;
	err = wait_for_lock(store);
	if (err) {
		/* Who does not have the lock does not say in its file that it closes. */
		close(store->lock_fd);
		store->lock_fd = -1;
	}
	return err;
}

static const struct store_session no_session = { .unstored_fd = -1, .lock_fd = -1 };

static int open_rooms(struct store *store, size_t cache_bytes, const struct store_session *session)
{
	int err = chunks_new(store->engine.blobs, cache_bytes, &store->chunks);

	return err ? err
		   : trees_open_session(store->engine.kv, store->chunks, session->unstored_fd,
					&store->trees);
}

static int open_engine(struct store *store, bool create, char **ret_message)
{
	_cleanup_free_ char *path = path_in(store->path, "db");
	int err;

	if (!path)
		return -ENOMEM;
	err = engine_rocksdb_open(path, create, &store->engine, ret_message);
	if (err == -EBUSY)
		return -CSM_STORE_BUSY;
	return err == -ENOENT ? -CSM_STORE_DAMAGED : err;
}

static int load_key(struct store *store)
{
	_cleanup_free_ char *path = path_in(store->path, "key.pem");
	int err;

	if (!path)
		return -ENOMEM;
	err = sign_key_load(path, &store->key);
	return err == -ENOENT || err == -EINVAL ? -CSM_STORE_DAMAGED : err;
}

/* ---- opening a store ---- */

/* Which file it is that does not read, unless the engine said it in its own words. */
static int blame(int code, const char *what, char **ret_words)
{
	if (code == -CSM_STORE_DAMAGED && !*ret_words)
		*ret_words = strdup(what);
	return code;
}

/* One line for a person; what the engine said in its own words comes last. */
static char *message_of(const char *path, int code, const struct superblock *superblock,
			const char *engine_words)
{
	char *text = NULL;
	int size;

	if (code == -CSM_STORE_NEWER)
		size = asprintf(&text, "%s: %s: it has format %u, this program knows format %d; %s",
				path, error_text(code), superblock->format, STORE_FORMAT_VERSION,
				error_way_out(code));
	else
		size = asprintf(&text, "%s: %s%s%s%s%s", path, error_text(code),
				error_way_out(code)[0] ? "; " : "", error_way_out(code),
				engine_words ? ": " : "", engine_words ? engine_words : "");
	return size < 0 ? NULL : text;
}

static int open_at(const char *path, size_t cache_bytes, const struct store_session *session,
		   struct superblock *superblock, struct store **ret_store, char **ret_words)
{
	_cleanup_(cleanup_store) struct store *store = NULL;
	int err = superblock_read(path, superblock);

	if (err)
		return blame(err, "csmfs.store is not a superblock", ret_words);
	store = store_new(path);
	if (!store)
		return -ENOMEM;
	memcpy(store->uuid, superblock->uuid, sizeof(store->uuid));
	err = session->lock_fd < 0 ? take_lock(store) : share_lock(store, session->lock_fd);
	if (!err)
		err = blame(open_engine(store, false, ret_words), "db has no database", ret_words);
	if (!err)
		err = open_rooms(store, cache_bytes, session);
	if (!err)
		err = blame(load_key(store), "key.pem is not a private key", ret_words);
	if (!err)
		*ret_store = take_pointer(&store);
	return err;
}

unsigned store_unstored_layout(void)
{
	return UNSTORED_LAYOUT;
}

int store_open_session(const char *path, size_t cache_bytes, const struct store_session *session,
		       struct store **ret_store, char **ret_message)
{
	_cleanup_free_ char *words = NULL;
	struct superblock superblock = { 0 };
	int err = open_at(path, cache_bytes, session, &superblock, ret_store, &words);

	if (err && ret_message)
		*ret_message = message_of(path, err, &superblock, words);
	return err;
}

int store_open(const char *path, size_t cache_bytes, struct store **ret_store, char **ret_message)
{
	return store_open_session(path, cache_bytes, &no_session, ret_store, ret_message);
}

/* ---- making a store ---- */

/* A new file system's root is empty but for lost+found. besides (or NULL) may be there as well. */
static int check_empty(const char *path, const char *besides)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, "lost+found") != 0 &&
		    (!besides || strcmp(entry->d_name, besides) != 0))
			err = -ENOTEMPTY;
	closedir(dir);
	return err;
}

static void remove_entries(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!listing) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(listing)))
		unlinkat(fd, entry->d_name, 0); /* the database has files only */
	closedir(listing);
	unlinkat(dir, name, AT_REMOVEDIR);
}

/* What a failed making left; the directory was empty before. */
static void remove_half_made(const char *path, bool made_directory)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	remove_entries(dir, "db");
	unlinkat(dir, "key.pem", 0);
	unlinkat(dir, "lock", 0);
	close(dir);
	if (made_directory)
		rmdir(path);
}

/* We made the directory and could not look into it: it goes unless somebody filled it meanwhile. */
static void remove_made_directory(struct store *store)
{
	_cleanup_free_ char *lock = path_in(store->path, "lock");

	if (lock && store->lock_fd >= 0)
		unlink(lock);
	rmdir(store->path);
}

static int create_key(struct store *store)
{
	_cleanup_free_ char *path = path_in(store->path, "key.pem");

	return path ? sign_key_create(path) : -ENOMEM;
}

/* That there is a directory of that name is on disk, too; what is in it is, by those who made it. */
static int sync_name_of(const char *path)
{
	_cleanup_free_ char *parent = path_in(path, "..");
	int fd, err;

	if (!parent)
		return -ENOMEM;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err;
}

/* With the lock held and nothing but the lock in the directory. */
static int fill_new(struct store *store, const char *release)
{
	struct superblock superblock;
	int err = create_key(store);

	if (!err)
		err = open_engine(store, true, NULL);
	if (!err)
		err = open_rooms(store, MEMORY_CACHE_BYTES, &no_session);
	if (!err)
		err = filespace_create(store->trees, release);
	if (!err)
		err = superblock_new(&superblock);
	return err ? err : superblock_write(store->path, &superblock);
}

static int make_new(const char *path, const char *release)
{
	_cleanup_(cleanup_store) struct store *store = NULL;
	bool made_directory;
	int err;

	store = store_new(path);
	if (!store)
		return -ENOMEM;
	made_directory = mkdir(path, 0700) == 0;
	if (!made_directory && errno != EEXIST)
		return -errno;
	err = check_empty(path, NULL);
	if (!err)
		err = take_lock(store);
	if (!err) /* another process may have made one before we had the lock */
		err = check_empty(path, "lock");
	if (err) {
		if (made_directory)
			remove_made_directory(store);
		return err;
	}
	err = made_directory ? sync_name_of(path) : 0;
	if (!err)
		err = fill_new(store, release);
	if (err) {
		close_rooms(store); /* the database first; the lock is kept to the end */
		remove_half_made(path, made_directory);
	}
	return err;
}

static int add_release(const char *path, const char *release)
{
	_cleanup_(cleanup_store) struct store *store = NULL;
	int err = store_open(path, MEMORY_CACHE_BYTES, &store, NULL);

	return err ? err : filespace_create(store->trees, release);
}

int store_create(const char *path, const char *release)
{
	struct superblock superblock;
	int err = release_check(release);

	if (err)
		return err;
	err = superblock_read(path, &superblock);
	if (err == -CSM_STORE_MISSING)
		return make_new(path, release);
	return err ? err : add_release(path, release);
}

/* ---- others ---- */

int store_open_memory(const char *release, struct store **ret_store)
{
	_cleanup_(cleanup_store) struct store *store = store_new(NULL);
	int err;

	if (!store)
		return -ENOMEM;
	err = engine_memory_open(&store->engine);
	if (!err)
		err = open_rooms(store, MEMORY_CACHE_BYTES, &no_session);
	if (!err)
		err = sign_key_generate(&store->key);
	if (!err)
		err = filespace_create(store->trees, release);
	if (!err)
		*ret_store = take_pointer(&store);
	return err;
}

int store_only_release(struct store *store, char ret_release[4])
{
	_cleanup_(cleanup_buffer) struct buffer names = BUFFER_INIT;
	int err = filespace_releases(store->engine.kv, &names);

	if (err)
		return err;
	if (names.size == 0)
		return -CSM_STORE_DAMAGED;
	if (names.size != 4)
		return -CSM_RELEASE_NEEDED;
	memcpy(ret_release, names.data, 4);
	return 0;
}
