/*
 * The scrub of a store that is in use: it finds what is damaged and nothing else, whoever writes
 * and deletes beside it, and goes on where it was, whatever ended it.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/base/cleanup.h"
#include "store/tree/row.h"
#include "store/upkeep/scrub.h"
#include "store/upkeep/scrub_format.h"
#include "tests/support/engine_faulty.h"

enum { FILES = 12, FILE_BYTES = 40000, LARGE_BYTES = 300000 };
enum { CHUNKS_MIN = 2 * FILES + 3 }; /* of both levels and the large file; packages have more */

struct fixture {
	struct store *store;
	struct filespace *filespace;
	struct level *base, *level;
	struct scrub *scrub;
};

/* ---- a store with something in it ---- */

/* Bytes that do not compress, from a name that no other file has. */
static void write_file(struct level *level, const char *name, size_t size, uint64_t seed)
{
	const struct new_inode directory = { .mode = S_IFDIR | 0755 };
	const struct new_inode made = { .mode = S_IFREG | 0644 };
	_cleanup_free_ uint8_t *bytes = malloc(size);
	struct inode dir, inode;
	struct space *space;
	struct file *file;
	int code;

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		bytes[i] = (uint8_t)(seed >> 56);
	}
	assert_int_equal(level_space(level, &space), 0);
	code = space_create(space, INODE_BUILD, "CP", &directory, (enum edit_flags)0, &dir);
	if (code == -EEXIST)
		code = space_lookup(space, INODE_BUILD, "CP", &dir);
	assert_int_equal(code, 0);
	assert_int_equal(space_create(space, dir.number, name, &made, (enum edit_flags)0, &inode),
			 0);
	assert_int_equal(file_open(space, inode.number, &file), 0);
	assert_int_equal(file_write(file, 0, bytes, size, false), 0);
	assert_int_equal(file_flush(file), 0);
	file_close(file);
}

static void fill(struct level *level, const char *stem, uint64_t seed)
{
	for (int i = 0; i < FILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%s-%d", stem, i);
		write_file(level, name, FILE_BYTES, seed + (uint64_t)i);
	}
}

static void open_scrub(struct fixture *fixture)
{
	assert_int_equal(scrub_open(fixture->store, filespace_oplog(fixture->filespace),
				    &fixture->scrub),
			 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(store_open_memory("720", &fixture->store), 0);
	assert_int_equal(filespace_open(fixture->store->trees, "720", &fixture->filespace), 0);
	assert_int_equal(filespace_level(fixture->filespace, "BASE", &fixture->base), 0);
	fill(fixture->base, "file", 100);
	write_file(fixture->base, "large", LARGE_BYTES, 50);
	assert_int_equal(level_set_lock(fixture->base, true, 0), 0);
	assert_int_equal(level_add(fixture->filespace, "L1", 0, &fixture->level), 0);
	fill(fixture->level, "new", 200);
	assert_int_equal(package_build(fixture->level, 0, fixture->store->key, 0, NULL), 0);
	open_scrub(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	scrub_close(fixture->scrub);
	level_put(fixture->level);
	level_put(fixture->base);
	filespace_close(fixture->filespace);
	store_close(fixture->store);
	free(fixture);
	return 0;
}

/* ---- what the scrub says ---- */

static char *text_of(struct fixture *fixture)
{
	struct buffer text = BUFFER_INIT;

	assert_int_equal(scrub_text(fixture->scrub, &text), 0);
	return buffer_detach_text(&text);
}

static char *findings_of(struct fixture *fixture)
{
	struct buffer text = BUFFER_INIT;

	assert_int_equal(scrub_findings_text(fixture->scrub, &text), 0);
	return buffer_detach_text(&text);
}

static char *log_of(struct fixture *fixture)
{
	struct buffer text = BUFFER_INIT;

	assert_int_equal(oplog_text(filespace_oplog(fixture->filespace), &text), 0);
	return buffer_detach_text(&text);
}

static bool says(struct fixture *fixture, const char *line)
{
	_cleanup_free_ char *text = text_of(fixture);

	return strstr(text, line) != NULL;
}

static struct scrub_stats stats_of(struct fixture *fixture)
{
	struct scrub_stats stats;

	scrub_stats(fixture->scrub, &stats);
	return stats;
}

static void tell(struct fixture *fixture, const char *words)
{
	assert_int_equal(scrub_command(fixture->scrub, words, 0), 0);
}

static void wait_for_end(struct fixture *fixture)
{
	while (stats_of(fixture).running)
		usleep(1000);
}

/* A whole run; what it found, freed by the caller. */
static char *scrubbed(struct fixture *fixture)
{
	tell(fixture, "start rate=0");
	wait_for_end(fixture);
	assert_true(says(fixture, ":SCRUB.FINISHED\n"));
	return findings_of(fixture);
}

static void assert_clean(struct fixture *fixture)
{
	_cleanup_free_ char *findings = scrubbed(fixture);

	assert_string_equal(findings, "");
	assert_int_equal(stats_of(fixture).findings, 0);
}

static void assert_found(const char *findings, const char *expected)
{
	if (!strstr(findings, expected))
		print_error("'%s' is not in:\n%s", expected, findings);
	assert_non_null(strstr(findings, expected));
}

/* ---- damaging ---- */

/* The digest of a block of CP/name. */
static struct digest chunk_of(struct level *level, const char *name, uint64_t block)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode dir, inode;
	struct digest digest;
	struct space *space;

	assert_int_equal(level_space(level, &space), 0);
	assert_int_equal(space_lookup(space, INODE_BUILD, "CP", &dir), 0);
	assert_int_equal(space_lookup(space, dir.number, name, &inode), 0);
	view = space_view(space);
	assert_int_equal(view_block(view, &inode, block, &digest), 0);
	return digest;
}

static void flip(struct fixture *fixture, const struct digest *digest)
{
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;
	struct blobs *blobs = fixture->store->engine.blobs;

	assert_int_equal(blobs_get(blobs, digest->bytes, &stored), 0);
	stored.data[stored.size - 1] ^= 1;
	assert_int_equal(blobs_remove(blobs, digest->bytes), 0);
	assert_int_equal(blobs_put(blobs, digest->bytes, buffer_slice(&stored)), 0);
}

/* ---- clean ---- */

static void scrub__of_a_clean_store_looks_at_all_and_finds_nothing(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *log = NULL;

	assert_true(says(fixture, ":SCRUB.NEVER\n"));
	assert_clean(fixture);
	assert_true(stats_of(fixture).chunks >= CHUNKS_MIN);
	assert_true(stats_of(fixture).bytes > CHUNKS_MIN * (uint64_t)FILE_BYTES);
	log = log_of(fixture);
	assert_found(log, "uid=0 scrub .csmfs/scrub ok (start rate=0)\n");
	assert_found(log, "uid=0 scrub .csmfs/scrub ok (finished, 0 findings)\n");
}

static void scrub__does_not_mind_what_is_open_and_has_no_name(void **state)
{
	struct fixture *fixture = *state;
	struct inode dir, inode;
	struct space *space;
	struct file *file;

	assert_int_equal(level_space(fixture->level, &space), 0);
	assert_int_equal(space_lookup(space, INODE_BUILD, "CP", &dir), 0);
	assert_int_equal(space_lookup(space, dir.number, "new-1", &inode), 0);
	assert_int_equal(file_open(space, inode.number, &file), 0);
	assert_int_equal(space_unlink(space, dir.number, "new-1"), 0);
	assert_clean(fixture);
	assert_int_equal(file_write(file, 0, "still here", 10, false), 0);
	file_close(file);
	assert_clean(fixture);
}

/* ---- damage ---- */

static void scrub__names_the_levels_and_paths_of_a_flipped_chunk(void **state)
{
	struct fixture *fixture = *state;
	struct digest digest = chunk_of(fixture->base, "file-3", 0);
	_cleanup_free_ char *findings = NULL, *log = NULL;

	flip(fixture, &digest);
	findings = scrubbed(fixture);
	assert_found(findings, ":OBJECT.720/BASE CP/file-3\n"
			       ":WHAT.a chunk does not match its digest; also in 720/L1\n");
	assert_found(findings, ":WAYOUT.");
	assert_int_equal(stats_of(fixture).findings, 1);
	log = log_of(fixture);
	assert_found(log, " scrub 720/BASE CP/file-3 refused CHUNK_CORRUPT: ");
}

static void scrub__names_a_level_that_replaced_the_file_no_more(void **state)
{
	struct fixture *fixture = *state;
	struct digest digest = chunk_of(fixture->base, "file-3", 0);
	_cleanup_free_ char *findings = NULL;
	struct inode dir;
	struct space *space;

	assert_int_equal(level_space(fixture->level, &space), 0);
	assert_int_equal(space_lookup(space, INODE_BUILD, "CP", &dir), 0);
	assert_int_equal(space_unlink(space, dir.number, "file-3"), 0);
	flip(fixture, &digest);
	findings = scrubbed(fixture);
	assert_found(findings, ":OBJECT.720/BASE CP/file-3\n"
			       ":WHAT.a chunk does not match its digest\n");
}

static void scrub__names_the_file_of_a_block_in_the_middle(void **state)
{
	struct fixture *fixture = *state;
	struct digest digest = chunk_of(fixture->level, "large", 1);
	_cleanup_free_ char *findings = NULL;

	assert_int_equal(blobs_remove(fixture->store->engine.blobs, digest.bytes), 0);
	findings = scrubbed(fixture);
	assert_found(findings, ":OBJECT.720/BASE CP/large\n"
			       ":WHAT.a chunk is not in the store; also in 720/L1\n");
}

static void scrub__names_the_package_whose_file_is_damaged(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(cleanup_view) struct view *files = space_view(filespace_files(fixture->filespace));
	_cleanup_free_ char *findings = NULL;
	struct package_record record;
	struct inode inode;
	struct digest digest;
	uint64_t number;

	assert_int_equal(level_package(fixture->level, 0, &record), 0);
	assert_int_equal(view_lookup(files, record.directory, "CP.SERVLINK", &number), 0);
	assert_int_equal(view_inode(files, number, &inode), 0);
	assert_int_equal(view_block(files, &inode, 0, &digest), 0);
	flip(fixture, &digest);
	findings = scrubbed(fixture);
	assert_found(findings, ":OBJECT.720/L1/PACKAGE\n:WHAT.a SERVLINK cannot be read\n");
	assert_found(findings, ":OBJECT.720/L1/PACKAGE CP.SERVLINK\n"
			       ":WHAT.a chunk does not match its digest\n");
}

static void scrub__finds_a_row_that_does_not_decode(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_free_ char *findings = NULL;
	struct inode dir, inode;
	struct space *space;
	struct view *view;
	struct row_key key;

	assert_int_equal(level_space(fixture->level, &space), 0);
	assert_int_equal(space_lookup(space, INODE_BUILD, "CP", &dir), 0);
	assert_int_equal(space_lookup(space, dir.number, "new-5", &inode), 0);
	view = space_view(space);
	/* the package sealed what was written before it */
	key_row(&key, view->ids[1], ROW_INODE, inode.number);
	view_unref(view);
	kv_batch_put(&batch, key_slice(&key), slice_text("?"));
	assert_int_equal(kv_commit(fixture->store->engine.kv, &batch), 0);
	findings = scrubbed(fixture);
	assert_found(findings, ":OBJECT.720/L1 number ");
	assert_found(findings, ":WHAT.a row does not decode\n");
}

static void scrub__keeps_a_bounded_number_of_findings(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_free_ char *findings = NULL;
	unsigned kept = 0;

	for (uint32_t i = 0; i < SCRUB_FINDINGS_KEPT + 50; i++) {
		struct row_key key;

		key_row(&key, 1000000, ROW_INODE, 100 + i); /* of a version that does not exist */
		kv_batch_put(&batch, key_slice(&key), slice_text("?"));
	}
	assert_int_equal(kv_commit(fixture->store->engine.kv, &batch), 0);
	findings = scrubbed(fixture);
	for (const char *at = findings; (at = strstr(at, ":FINDING.")); at++)
		kept++;
	assert_int_equal(kept, SCRUB_FINDINGS_KEPT);
	assert_int_equal(stats_of(fixture).findings, SCRUB_FINDINGS_KEPT + 50);
}

static void scrub__started_anew_forgets_what_was_found_before(void **state)
{
	struct fixture *fixture = *state;
	struct digest digest = chunk_of(fixture->base, "file-3", 0);

	flip(fixture, &digest);
	free(scrubbed(fixture));
	assert_int_equal(stats_of(fixture).findings, 1);
	flip(fixture, &digest);
	assert_clean(fixture);
}

/* ---- stop, go on, rate ---- */

static uint64_t chunks_of_a_whole_run(struct fixture *fixture)
{
	assert_clean(fixture);
	return stats_of(fixture).chunks;
}

/* At a rate at which one chunk takes longer than to see that it was counted. */
static void start_slowly(struct fixture *fixture)
{
	tell(fixture, "start rate=1M");
	while (stats_of(fixture).chunks < 2)
		usleep(1000);
}

static void assert_rest_is_done(struct fixture *fixture, uint64_t before, uint64_t all)
{
	assert_true(before < all);
	wait_for_end(fixture);
	assert_true(says(fixture, ":SCRUB.FINISHED\n"));
	assert_int_equal(stats_of(fixture).chunks, all);
	assert_int_equal(stats_of(fixture).findings, 0);
}

static void scrub__that_was_stopped_goes_on_with_the_next_chunk(void **state)
{
	struct fixture *fixture = *state;
	uint64_t all = chunks_of_a_whole_run(fixture), before;

	start_slowly(fixture);
	tell(fixture, "stop");
	before = stats_of(fixture).chunks;
	assert_true(says(fixture, ":SCRUB.STOPPED\n"));
	tell(fixture, "stop"); /* again: the same */
	assert_int_equal(stats_of(fixture).chunks, before);
	tell(fixture, "resume rate=0");
	assert_rest_is_done(fixture, before, all);
}

static void scrub__that_was_stopped_stays_so_over_a_restart(void **state)
{
	struct fixture *fixture = *state;
	uint64_t all = chunks_of_a_whole_run(fixture), before;

	start_slowly(fixture);
	tell(fixture, "stop");
	before = stats_of(fixture).chunks;
	scrub_close(fixture->scrub);
	open_scrub(fixture);
	assert_true(says(fixture, ":SCRUB.STOPPED\n"));
	assert_int_equal(stats_of(fixture).chunks, before);
	tell(fixture, "resume rate=0");
	assert_rest_is_done(fixture, before, all);
}

static void scrub__that_was_running_goes_on_after_a_restart(void **state)
{
	struct fixture *fixture = *state;
	uint64_t all = chunks_of_a_whole_run(fixture), before;

	start_slowly(fixture);
	before = stats_of(fixture).chunks;
	scrub_close(fixture->scrub);
	open_scrub(fixture);
	assert_true(stats_of(fixture).chunks >= before);
	assert_true(says(fixture, ":SCRUB.RUNNING\n"));
	tell(fixture, "rate=0");
	assert_rest_is_done(fixture, before, all);
}

static void scrub__refuses_what_makes_no_sense(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *log = NULL;

	assert_int_equal(scrub_command(fixture->scrub, "resume", 0), -CSM_SCRUB_NONE);
	assert_int_equal(scrub_command(fixture->scrub, "rate=1M", 0), -CSM_SCRUB_NONE);
	assert_int_equal(scrub_command(fixture->scrub, "begin", 0), -CSM_VALUE_BAD);
	tell(fixture, "stop");
	tell(fixture, "start rate=64K");
	assert_int_equal(scrub_command(fixture->scrub, "start", 0), -CSM_SCRUB_RUNNING);
	tell(fixture, "resume");
	tell(fixture, "rate=0");
	wait_for_end(fixture);
	assert_int_equal(scrub_command(fixture->scrub, "resume", 0), -CSM_SCRUB_NONE);
	log = log_of(fixture);
	assert_found(log, " scrub .csmfs/scrub refused SCRUB_RUNNING: ");
	assert_found(log, " scrub .csmfs/scrub refused VALUE_BAD: ");
}

static void scrub__whose_state_does_not_decode_can_be_started(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct scrub_key key;

	assert_clean(fixture);
	scrub_close(fixture->scrub);
	scrub_key_state(&key);
	kv_batch_put(&batch, scrub_key_slice(&key), slice_text("?"));
	assert_int_equal(kv_commit(fixture->store->engine.kv, &batch), 0);
	open_scrub(fixture);
	assert_true(says(fixture, ":SCRUB.NEVER\n"));
	assert_clean(fixture);
}

/* ---- beside others ---- */

struct others {
	struct fixture *fixture;
	atomic_bool enough;
	unsigned rounds;
	int code; /* what ended it before its time */
};

/* Makes a level with files and a package, and deletes it, as fast as it can; and collects. */
static void *write_and_delete(void *context)
{
	struct others *others = context;
	struct filespace *filespace = others->fixture->filespace;

	while (!atomic_load(&others->enough) && !others->code) {
		_cleanup_(cleanup_level) struct level *level = NULL;

		others->code = level_add(filespace, "GONE", 0, &level);
		if (others->code)
			break;
		fill(level, "gone", 1000 * (uint64_t)others->rounds);
		others->code = package_build(level, 0, others->fixture->store->key, 0, NULL);
		write_file(level, "later", FILE_BYTES, others->rounds);
		if (!others->code)
			others->code = level_delete(level, 0, NULL, NULL);
		while (trees_reap(others->fixture->store->trees) == 1)
			;
		others->rounds++;
	}
	return NULL;
}

static void scrub__beside_writers_and_deletions_finds_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct others others = { .fixture = fixture };
	pthread_t thread;
	unsigned runs = 0;

	assert_int_equal(pthread_create(&thread, NULL, write_and_delete, &others), 0);
	while (runs++ < 30)
		assert_clean(fixture);
	atomic_store(&others.enough, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(others.code, 0);
	assert_true(others.rounds > 1);
	assert_clean(fixture);
}

/* ---- an engine that fails ---- */

/* The n-th read fails, for every n: the scrub ends, and the next is clean again. */
static void scrub__of_an_engine_that_fails_once_comes_to_an_end(void **state)
{
	struct fixture *fixture = *state;
	struct engine inner = fixture->store->engine;
	bool struck = true;
	unsigned told = 0;

	for (uint64_t n = 1; struck; n += 7) {
		struct engine_faulty *faulty;
		struct scrub_stats stats;

		scrub_close(fixture->scrub);
		assert_int_equal(engine_faulty_new(&inner, &faulty), 0);
		fixture->store->engine = engine_faulty_engine(faulty);
		open_scrub(fixture);
		engine_faulty_strike(faulty, FAULT_GET, n, FAULT_ONCE);
		tell(fixture, "start rate=0");
		wait_for_end(fixture);
		struck = engine_faulty_struck(faulty);
		stats = stats_of(fixture);
		told += stats.findings > 0 || says(fixture, ":SCRUB.STOPPED\n");
		if (!struck)
			assert_int_equal(stats.findings, 0);
		scrub_close(fixture->scrub);
		fixture->store->engine = inner;
		engine_faulty_free(faulty);
		open_scrub(fixture);
	}
	assert_true(told > 0);
	assert_clean(fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(scrub__of_a_clean_store_looks_at_all_and_finds_nothing),
		TEST(scrub__does_not_mind_what_is_open_and_has_no_name),
		TEST(scrub__names_the_levels_and_paths_of_a_flipped_chunk),
		TEST(scrub__names_a_level_that_replaced_the_file_no_more),
		TEST(scrub__names_the_file_of_a_block_in_the_middle),
		TEST(scrub__names_the_package_whose_file_is_damaged),
		TEST(scrub__finds_a_row_that_does_not_decode),
		TEST(scrub__keeps_a_bounded_number_of_findings),
		TEST(scrub__started_anew_forgets_what_was_found_before),
		TEST(scrub__that_was_stopped_goes_on_with_the_next_chunk),
		TEST(scrub__that_was_stopped_stays_so_over_a_restart),
		TEST(scrub__that_was_running_goes_on_after_a_restart),
		TEST(scrub__refuses_what_makes_no_sense),
		TEST(scrub__whose_state_does_not_decode_can_be_started),
		TEST(scrub__beside_writers_and_deletions_finds_nothing),
		TEST(scrub__of_an_engine_that_fails_once_comes_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
