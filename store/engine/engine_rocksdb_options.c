/*
 * How the database is set up, and why.
 *
 * Memory: what RocksDB holds does not grow with the number of files stored. One cache of
 * 64 MiB has the blocks of both families, index and filter blocks included; two memtables
 * of 32 MiB each family, of which the four together are written out when they reach 64 MiB.
 * Descriptors: 500, so that a limit of 1,024 leaves room for what else the daemon opens.
 *
 * Index and filter of a file are cut into blocks of 4 KiB that come and go one by one. As
 * one block each they have more than a megabyte from 800,000 rows a file on; RocksDB cuts
 * a cache of 64 MiB into 64 parts unless told otherwise, none of them could hold such a block,
 * and each get read it from the disk: at 400,000 files all was ten times slower.
 *
 * Rows are small and looked up by whole key in many versions at once, most of them
 * misses: bloom filters in the files and in the memtable answer those without a search.
 *
 * Blobs are compressed already and known by a random key. From 4 KiB they go to blob
 * files, so a compaction moves a key and a pointer instead of the bytes. Blob garbage
 * collection is on, but with cutoff 0 a compaction rewrites no blobs: keys are random, so
 * every compaction would touch some of every blob file, garbage or not. It only counts
 * the garbage, and drops blob files that hold nothing else. engine_rocksdb_tidy.c raises
 * the cutoff when it is worth it. Blob files are small, so that even a full disk has room for
 * a copy of what is left of one.
 *
 * Files are not allocated ahead: RocksDB would take 35 MiB for each new log, which a small
 * disk does not have, and du(1) would show them in an empty store.
 *
 * RocksDB's own log, db/LOG, has the options and no events: on a full disk its first line that
 * finds no room is the last, for the next one aborts the process. What goes wrong is
 * told by the calls that fail, and by rocks_error().
 *
 * Recovery of the write-ahead log: point in time. After a power loss the part that was
 * never synced may end anywhere, also with sectors of one record missing inside; the
 * mode that tolerates only a cut-off tail would refuse such a store. Point in time
 * replays what checks, up to the first record that does not, in commit order. What it
 * cannot know is whether that record had been synced: damage in the middle would be
 * dropped in silence. That is what the watermark is for.
 */
#include "store/engine/engine_rocksdb.h"

#define MIB ((size_t)1 << 20)
#define CACHE_BYTES (64 * MIB)
#define CACHE_SHARD_BITS 2
#define MEMTABLE_BYTES (32 * MIB)
#define MEMTABLE_COUNT 2
#define MEMTABLES_BYTES (64 * MIB) /* of both families */
#define WAL_BYTES_MAX (128 * MIB) /* rows that trickle in must not keep old blobs in the log */
#define OPEN_FILES_MAX 500
#define ROW_BLOCK_BYTES (16u << 10)
#define BLOOM_BITS 10
#define BLOB_BYTES_MIN 4096
#define SYNC_STEP (1 * MIB) /* written behind, so that a sync finds little to do */
#define BACKGROUND_JOBS 2
#define INFO_LOG_FATAL 4

rocksdb_cache_t *rocks_cache_new(void)
{
	rocksdb_lru_cache_options_t *options = rocksdb_lru_cache_options_create();
	rocksdb_cache_t *cache;

	rocksdb_lru_cache_options_set_capacity(options, CACHE_BYTES);
	rocksdb_lru_cache_options_set_num_shard_bits(options, CACHE_SHARD_BITS);
	cache = rocksdb_cache_create_lru_opts(options);
	rocksdb_lru_cache_options_destroy(options);
	return cache;
}

static void set_table(rocksdb_options_t *options, rocksdb_cache_t *cache, size_t block_size)
{
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

	rocksdb_block_based_options_set_block_size(table, block_size);
	rocksdb_block_based_options_set_block_cache(table, cache);
	/* The table owns the filter policy from here on. */
	rocksdb_block_based_options_set_filter_policy(
		table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
	rocksdb_block_based_options_set_whole_key_filtering(table, 1);
	rocksdb_block_based_options_set_index_type(
		table, rocksdb_block_based_table_index_type_two_level_index_search);
	rocksdb_block_based_options_set_partition_filters(table, 1);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
	rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
	rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1);
	rocksdb_block_based_options_set_format_version(table, 5);
	rocksdb_options_set_block_based_table_factory(options, table);
	rocksdb_block_based_options_destroy(table);
}

static void set_memtables(rocksdb_options_t *options)
{
	rocksdb_options_set_write_buffer_size(options, MEMTABLE_BYTES);
	rocksdb_options_set_max_write_buffer_number(options, MEMTABLE_COUNT);
	rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, 0.05);
	rocksdb_options_set_memtable_whole_key_filtering(options, 1);
	rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
}

/* There is no function for this one. Where RocksDB lacks it, it preallocates as it likes. */
static void set_no_fallocate(rocksdb_options_t *options)
{
	char *err = NULL;

	rocksdb_get_options_from_string(options, "allow_fallocate=false", options, &err);
	rocks_error(err, "set allow_fallocate");
}

static void set_database(rocksdb_options_t *options, bool create)
{
	set_no_fallocate(options);
	rocksdb_options_set_create_if_missing(options, create);
	rocksdb_options_set_create_missing_column_families(options, create);
	rocksdb_options_set_error_if_exists(options, create);
	rocksdb_options_set_paranoid_checks(options, 1);
	rocksdb_options_set_wal_recovery_mode(options, rocksdb_point_in_time_recovery);
	rocksdb_options_set_max_total_wal_size(options, WAL_BYTES_MAX);
	rocksdb_options_set_db_write_buffer_size(options, MEMTABLES_BYTES);
	rocksdb_options_set_max_open_files(options, OPEN_FILES_MAX);
	rocksdb_options_set_max_background_jobs(options, BACKGROUND_JOBS);
	rocksdb_options_set_bytes_per_sync(options, SYNC_STEP);
	rocksdb_options_set_wal_bytes_per_sync(options, SYNC_STEP);
	/* Files that an iterator kept alive are removed in the background, not in a user's read. */
	rocksdb_options_set_avoid_unnecessary_blocking_io(options, 1);
	rocksdb_options_set_info_log_level(options, INFO_LOG_FATAL);
	rocksdb_options_set_keep_log_file_num(options, 2);
	rocksdb_options_set_max_log_file_size(options, 1 * MIB);
	rocksdb_options_set_stats_dump_period_sec(options, 0);
	rocksdb_options_set_stats_persist_period_sec(options, 0);
}

void rocks_options_init(struct rocks_options *options, struct rocks *rocks, bool create)
{
	rocksdb_cache_t *cache = rocks->cache;

	options->rows = rocksdb_options_create();
	set_database(options->rows, create);
	set_memtables(options->rows);
	set_table(options->rows, cache, ROW_BLOCK_BYTES);
	rocksdb_options_set_compression(options->rows, rocksdb_lz4_compression);

	options->blobs = rocksdb_options_create();
	set_memtables(options->blobs);
	set_table(options->blobs, cache, ROW_BLOCK_BYTES);
	rocksdb_options_set_compression(options->blobs, rocksdb_no_compression);
	rocksdb_options_set_enable_blob_files(options->blobs, 1);
	rocksdb_options_set_min_blob_size(options->blobs, BLOB_BYTES_MIN);
	rocksdb_options_set_blob_file_size(options->blobs, rocks->blob_file_bytes);
	rocksdb_options_set_blob_compression_type(options->blobs, rocksdb_no_compression);
	rocksdb_options_set_enable_blob_gc(options->blobs, 1);
	rocksdb_options_set_blob_gc_age_cutoff(options->blobs, 0.0);
}

void rocks_options_release(struct rocks_options *options)
{
	rocksdb_options_destroy(options->rows);
	rocksdb_options_destroy(options->blobs);
}
