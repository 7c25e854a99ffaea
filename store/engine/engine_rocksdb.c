/*
 * The database as a whole: open, sync, close, and RocksDB's words turned into codes.
 *
 * The C API reports a failure as a malloced text that starts with the kind of failure;
 * there is no number. Those texts live and die in the files engine_rocksdb*.c: at open the
 * caller gets them as a message, later they go to the log and the caller gets a code.
 *
 * Whether there is a database at all is looked up here and not left to RocksDB, which
 * would report a directory without one as "invalid argument", as it does damage.
 */
#include "store/engine/engine_rocksdb.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/error.h"
#include "store/base/log.h"

/* ---- words to codes ---- */

static int code_of_words(const char *words)
{
	/* The system's words for ENOSPC and EDQUOT; RocksDB quotes them. */
	if (strstr(words, "No space left") || strstr(words, "quota exceeded"))
		return -ENOSPC;
	if (strstr(words, "While lock file") || strstr(words, "lock hold by current process"))
		return -EBUSY;
	return -EIO;
}

int rocks_error(char *err, const char *doing)
{
	int code;

	if (!err)
		return 0;
	code = code_of_words(err);
	/* A full disk is every caller's to tell, and comes a thousand times a second. */
	if (code != -ENOSPC)
		log_line(LOG_LEVEL_ERROR, "store: %s: %s", doing, err);
	rocksdb_free(err);
	return code;
}

/* The same at open: what RocksDB refuses is damage, unless the disk or a lock is to blame. */
static int open_error(char *err, char **ret_message)
{
	int code = code_of_words(err);

	if (code == -EIO && (strncmp(err, "IO error", 8) != 0 || strstr(err, "No such file")))
		code = -CSM_STORE_DAMAGED;
	if (ret_message)
		*ret_message = strdup(err);
	rocksdb_free(err);
	return code;
}

uint64_t rocks_property(struct rocks *rocks, rocksdb_column_family_handle_t *family,
			const char *name)
{
	uint64_t value = 0;

	return rocksdb_property_int_cf(rocks->db, family, name, &value) == 0 ? value : 0;
}

static int get_with(struct rocks *rocks, const rocksdb_readoptions_t *read,
		    rocksdb_column_family_handle_t *family, struct slice key,
		    struct buffer *ret_value)
{
	_cleanup_(cleanup_pinned) rocksdb_pinnableslice_t *pinned = NULL;
	char *err = NULL;
	const char *data;
	size_t size;

	pinned = rocksdb_get_pinned_cf(rocks->db, read, family, key.data, key.size, &err);
	if (err)
		return rocks_error(err, "get");
	if (!pinned)
		return -ENOENT;
	data = rocksdb_pinnableslice_value(pinned, &size);
	return buffer_set(ret_value, data, size);
}

int rocks_get(struct rocks *rocks, rocksdb_column_family_handle_t *family, struct slice key,
	      struct buffer *ret_value)
{
	return get_with(rocks, rocks->read, family, key, ret_value);
}

int rocks_get_row(struct rocks *rocks, const rocksdb_readoptions_t *read, struct slice key,
		  struct buffer *ret_value)
{
	return get_with(rocks, read, rocks->rows, key, ret_value);
}

/* ---- sync ---- */

/*
 * A log that could not be written, because the disk was full, is not to be synced: RocksDB
 * holds that for a fault in the program and aborts it. Some seconds after there is space again
 * it begins a new log by itself; a write that succeeds tells so, and moves the sequence.
 */
int rocks_wrote(struct rocks *rocks, char *err, const char *doing)
{
	if (err)
		atomic_store(&rocks->failed_before, rocksdb_get_latest_sequence_number(rocks->db) + 1);
	return rocks_error(err, doing);
}

/* Is there a log to sync? Deletes what never is there, to see. */
static int try_log(struct rocks *rocks)
{
	char *err = NULL;

	if (rocksdb_get_latest_sequence_number(rocks->db) >= atomic_load(&rocks->failed_before))
		return 0;
	rocksdb_delete_cf(rocks->db, rocks->write, rocks->rows, "", 1, &err);
	return rocks_wrote(rocks, err, "write again after a failure");
}

static int write_log(void *context)
{
	struct rocks *rocks = context;
	char *err = NULL;
	uint64_t sequence;
	int code = try_log(rocks);

	if (code)
		return code;
	sequence = rocksdb_get_latest_sequence_number(rocks->db);
	rocksdb_flush_wal(rocks->db, 1, &err);
	if (err)
		return rocks_error(err, "sync");
	watermark_raise(&rocks->mark, sequence);
	return 0;
}

int rocks_sync(struct rocks *rocks)
{
	return shared_sync_run(&rocks->sync, write_log, rocks);
}

/* ---- open ---- */

enum presence { DATABASE_ABSENT, DATABASE_THERE, DATABASE_HEADLESS };

static int look_for_database(const char *path, enum presence *ret_presence)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	*ret_presence = DATABASE_ABSENT;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, "CURRENT") == 0)
			*ret_presence = DATABASE_THERE;
		else if (strncmp(entry->d_name, "MANIFEST-", 9) == 0 &&
			 *ret_presence == DATABASE_ABSENT)
			*ret_presence = DATABASE_HEADLESS;
	}
	closedir(dir);
	return 0;
}

static int check_presence(const char *path, bool create, char **ret_message)
{
	enum presence presence;
	int code;

	if (create && mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	code = look_for_database(path, &presence);
	if (code)
		return code;
	if (create)
		return presence == DATABASE_ABSENT ? 0 : -EEXIST;
	if (presence == DATABASE_HEADLESS && ret_message)
		*ret_message = strdup("Corruption: the file CURRENT is missing");
	if (presence == DATABASE_HEADLESS)
		return -CSM_STORE_DAMAGED;
	return presence == DATABASE_THERE ? 0 : -ENOENT;
}

static int open_database(struct rocks *rocks, bool create, char **ret_message)
{
	static const char *const names[] = { "default", "blobs" };
	rocksdb_column_family_handle_t *families[2];
	struct rocks_options options;
	char *err = NULL;

	if (!rocks_can_open(rocks->path)) {
		if (ret_message &&
		    asprintf(ret_message, "opening takes 1 MiB of its disk, which is full: make room") < 0)
			*ret_message = NULL;
		return -ENOSPC;
	}
	rocks->cache = rocks_cache_new();
	rocks->read = rocksdb_readoptions_create();
	rocks->write = rocksdb_writeoptions_create();
	rocksdb_readoptions_set_verify_checksums(rocks->read, 1);
	rocksdb_writeoptions_set_sync(rocks->write, 0);
	rocks->blob_file_bytes = rocks_blob_file_bytes(rocks->path);
	rocks_options_init(&options, rocks, create);
	rocks->db = rocksdb_open_column_families(
		options.rows, rocks->path, 2, names,
		(const rocksdb_options_t *const[]){ options.rows, options.blobs }, families, &err);
	rocks_options_release(&options);
	if (err) {
		rocks->db = NULL;
		return open_error(err, ret_message);
	}
	rocks->rows = families[0];
	rocks->blobs = families[1];
	return 0;
}

/* Everything whose sync had returned must have come back. */
static int check_watermark(struct rocks *rocks, char **ret_message)
{
	uint64_t synced, sequence;
	int code = watermark_open(&rocks->mark, rocks->path, &synced);

	if (code)
		return code;
	sequence = rocksdb_get_latest_sequence_number(rocks->db);
	if (synced <= sequence)
		return 0;
	if (ret_message &&
	    asprintf(ret_message,
		     "Corruption: the write-ahead log is damaged, %llu synced changes are lost; "
		     "to go on without them remove %s/" WATERMARK_FILE,
		     (unsigned long long)(synced - sequence), rocks->path) < 0)
		*ret_message = NULL;
	return -CSM_STORE_DAMAGED;
}

static void rocks_free(struct rocks *rocks)
{
	watermark_close(&rocks->mark);
	if (rocks->rows)
		rocksdb_column_family_handle_destroy(rocks->rows);
	if (rocks->blobs)
		rocksdb_column_family_handle_destroy(rocks->blobs);
	if (rocks->db)
		rocksdb_close(rocks->db);
	if (rocks->read)
		rocksdb_readoptions_destroy(rocks->read);
	if (rocks->write)
		rocksdb_writeoptions_destroy(rocks->write);
	if (rocks->cache)
		rocksdb_cache_destroy(rocks->cache);
	shared_sync_destroy(&rocks->sync);
	pthread_mutex_destroy(&rocks->make_room);
	free(rocks->path);
	free(rocks);
}

static void cleanup_rocks(struct rocks **rocks)
{
	if (*rocks)
		rocks_free(*rocks);
}

int engine_rocksdb_open(const char *path, bool create, struct engine *ret_engine,
			char **ret_message)
{
	_cleanup_(cleanup_rocks) struct rocks *rocks = calloc(1, sizeof *rocks);
	int code;

	*ret_engine = (struct engine){ NULL, NULL };
	if (ret_message)
		*ret_message = NULL;
	if (!rocks)
		return -ENOMEM;
	rocks->kv.ops = &rocks_kv_ops;
	rocks->blobs_engine.ops = &rocks_blobs_ops;
	rocks->mark = (struct watermark)WATERMARK_INIT;
	atomic_init(&rocks->open, 2);
	shared_sync_init(&rocks->sync);
	pthread_mutex_init(&rocks->make_room, NULL);
	rocks->path = strdup(path);
	if (!rocks->path)
		return -ENOMEM;
	code = check_presence(path, create, ret_message);
	if (code == 0)
		code = open_database(rocks, create, ret_message);
	if (code == 0)
		code = check_watermark(rocks, ret_message);
	if (code == 0)
		code = tidy_start(rocks);
	if (code)
		return code;
	*ret_engine = (struct engine){ &rocks->kv, &rocks->blobs_engine };
	take_pointer(&rocks);
	return 0;
}

/* ---- close ---- */

void rocks_flush(struct rocks *rocks)
{
	rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
	rocksdb_column_family_handle_t *families[] = { rocks->rows, rocks->blobs };

	rocksdb_flushoptions_set_wait(options, 1);
	for (size_t i = 0; i < 2; i++) {
		char *err = NULL;

		rocksdb_flush_cf(rocks->db, options, families[i], &err);
		rocks_error(err, "flush");
	}
	rocksdb_flushoptions_destroy(options);
}

void rocks_leave(struct rocks *rocks)
{
	if (atomic_fetch_sub(&rocks->open, 1) != 1)
		return;
	tidy_stop(rocks);
	/* The log first: should the flush find no space, everything is on disk all the same. */
	rocks_sync(rocks);
	rocks_flush(rocks);
	rocks_free(rocks);
}
