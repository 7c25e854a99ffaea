/*
 * Chunks on the memory engine: stored once, verified whenever read, removed only when
 * nobody may still refer to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/base/log.h"
#include "store/chunk/chunk.h"
#include "tests/support/engine_faulty.h"

#define CACHE_BYTES (1u << 20)
#define REPEATING "csmfs csmfs csmfs csmfs csmfs csmfs csmfs csmfs "

struct fixture {
	struct engine inner, engine;
	struct engine_faulty *faulty;
	struct chunks *chunks;
};

static void ignore_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static int setup_with(void **state, size_t cache_bytes)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	/* Damage is reported once for each read; here there are thousands. */
	log_inject(ignore_line, NULL);
	assert_int_equal(engine_memory_open(&f->inner), 0);
	assert_int_equal(engine_faulty_new(&f->inner, &f->faulty), 0);
	f->engine = engine_faulty_engine(f->faulty);
	assert_int_equal(chunks_new(f->engine.blobs, cache_bytes, &f->chunks), 0);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, CACHE_BYTES);
}

static int setup_uncached(void **state)
{
	return setup_with(state, 0);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	chunks_free(f->chunks);
	engine_faulty_free(f->faulty);
	engine_close(&f->inner);
	log_inject(NULL, NULL);
	free(f);
	return 0;
}

static struct digest put(struct chunks *chunks, struct slice bytes)
{
	struct digest digest;

	chunks_enter(chunks);
	assert_int_equal(chunk_put(chunks, bytes, &digest), 0);
	chunks_leave(chunks);
	return digest;
}

static void assert_chunk(struct chunks *chunks, const struct digest *digest, struct slice want)
{
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	assert_int_equal(chunk_get(chunks, digest, &bytes), 0);
	assert_int_equal(bytes.size, want.size);
	assert_memory_equal(bytes.data, want.data, want.size);
}

/* ---- put and get ---- */

static void chunk__is_got_back_by_the_digest_of_its_bytes(void **state)
{
	struct fixture *f = *state;
	struct digest digest = put(f->chunks, slice_text("some bytes"));
	struct digest want = digest_of(slice_text("some bytes"));

	assert_true(digest_equal(&digest, &want));
	assert_chunk(f->chunks, &digest, slice_text("some bytes"));
}

static void chunk__of_the_largest_size_is_kept(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ uint8_t *bytes = malloc(CHUNK_SIZE_MAX);
	struct digest digest;

	assert_non_null(bytes);
	for (size_t i = 0; i < CHUNK_SIZE_MAX; i++)
		bytes[i] = (uint8_t)(i * i >> 9);
	digest = put(f->chunks, slice_of(bytes, CHUNK_SIZE_MAX));
	assert_chunk(f->chunks, &digest, slice_of(bytes, CHUNK_SIZE_MAX));
}

static void chunk_put__refuses_no_bytes_and_too_many(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ uint8_t *bytes = calloc(1, CHUNK_SIZE_MAX + 1);
	struct digest digest;

	chunks_enter(f->chunks);
	assert_int_equal(chunk_put(f->chunks, slice_of(bytes, 0), &digest), -EINVAL);
	assert_int_equal(chunk_put(f->chunks, slice_of(bytes, CHUNK_SIZE_MAX + 1), &digest),
			 -EINVAL);
	chunks_leave(f->chunks);
}

static void chunk_put__stores_equal_bytes_once(void **state)
{
	struct fixture *f = *state;
	struct chunks_stats stats;

	put(f->chunks, slice_text("same"));
	put(f->chunks, slice_text("same"));
	put(f->chunks, slice_text("other"));
	chunks_stats(f->chunks, &stats);
	assert_int_equal(stats.puts, 3);
	assert_int_equal(stats.puts_new, 2);
	assert_int_equal(stats.bytes_in, 4 + 4 + 5);
	assert_int_equal(stats.bytes_stored, 4 + 5 + 2 * 5);
}

static void chunk_get__of_an_unknown_digest_is_missing(void **state)
{
	struct fixture *f = *state;
	struct digest digest = digest_of(slice_text("never put"));
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	assert_int_equal(chunk_get(f->chunks, &digest, &bytes), -CSM_CHUNK_MISSING);
	assert_int_equal(chunk_verify(f->chunks, &digest), -CSM_CHUNK_MISSING);
	assert_int_equal(bytes.size, 0);
}

static void chunk_put__hands_a_failure_of_the_engine_on(void **state)
{
	struct fixture *f = *state;
	struct digest digest;

	engine_faulty_strike(f->faulty, FAULT_PUT, 1, FAULT_ONCE);
	chunks_enter(f->chunks);
	assert_int_equal(chunk_put(f->chunks, slice_text("x"), &digest), -EIO);
	assert_int_equal(chunk_put(f->chunks, slice_text("x"), &digest), 0);
	chunks_leave(f->chunks);
}

static void chunk_get__hands_a_failure_of_the_engine_on_and_gives_no_bytes(void **state)
{
	struct fixture *f = *state;
	struct digest digest = put(f->chunks, slice_text("some bytes"));
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	engine_faulty_strike(f->faulty, FAULT_GET, 1, FAULT_ONCE);
	assert_int_equal(chunk_get(f->chunks, &digest, &bytes), -EIO);
	assert_int_equal(bytes.size, 0);
	assert_int_equal(chunk_get(f->chunks, &digest, &bytes), 0);
}

/* ---- the cache ---- */

static void chunk_get__asks_the_engine_once_for_what_fits_the_cache(void **state)
{
	struct fixture *f = *state;
	struct digest digest = put(f->chunks, slice_text("some bytes"));
	struct chunks_stats stats;

	engine_faulty_strike(f->faulty, FAULT_GET, 0, FAULT_NONE);
	for (int i = 0; i < 5; i++)
		assert_chunk(f->chunks, &digest, slice_text("some bytes"));
	assert_int_equal(engine_faulty_calls(f->faulty), 1);
	chunks_stats(f->chunks, &stats);
	assert_int_equal(stats.gets, 5);
	assert_int_equal(stats.cache_hits, 4);
}

static void chunk_get__works_without_a_cache(void **state)
{
	struct fixture *f = *state;
	struct digest digest = put(f->chunks, slice_text("some bytes"));
	struct chunks_stats stats;

	assert_chunk(f->chunks, &digest, slice_text("some bytes"));
	assert_chunk(f->chunks, &digest, slice_text("some bytes"));
	chunks_stats(f->chunks, &stats);
	assert_int_equal(stats.cache_hits, 0);
}

/* ---- damage ---- */

static void replace_stored(struct blobs *blobs, const struct digest *digest, struct slice stored)
{
	assert_int_equal(blobs_remove(blobs, digest->bytes), 0);
	assert_int_equal(blobs_put(blobs, digest->bytes, stored), 0);
}

static void chunk_verify__finds_damage_that_the_cache_hides(void **state)
{
	struct fixture *f = *state;
	struct digest digest = put(f->chunks, slice_text("some bytes"));

	assert_chunk(f->chunks, &digest, slice_text("some bytes"));
	assert_int_equal(chunk_verify(f->chunks, &digest), 0);
	replace_stored(f->inner.blobs, &digest, slice_of("P\x01\0\0\0!", 6));
	assert_int_equal(chunk_verify(f->chunks, &digest), -CSM_CHUNK_CORRUPT);
}

/*
 * Flips every bit of the stored form in turn. Returns how often the answer was "corrupt";
 * any other answer must be the right bytes (an LZ4 block may say the same in two ways).
 */
static size_t flip_every_bit(struct fixture *f, struct slice bytes, size_t *ret_bits)
{
	struct digest digest = put(f->chunks, bytes);
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;
	size_t corrupt = 0;

	assert_int_equal(blobs_get(f->inner.blobs, digest.bytes, &stored), 0);
	*ret_bits = 8 * stored.size;
	for (size_t bit = 0; bit < *ret_bits; bit++) {
		_cleanup_(cleanup_buffer) struct buffer got = BUFFER_INIT;
		int code;

		stored.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		replace_stored(f->inner.blobs, &digest, buffer_slice(&stored));
		stored.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		code = chunk_get(f->chunks, &digest, &got);
		if (code == -CSM_CHUNK_CORRUPT) {
			assert_int_equal(got.size, 0);
			corrupt++;
			continue;
		}
		assert_int_equal(code, 0);
		assert_int_equal(got.size, bytes.size);
		assert_memory_equal(got.data, bytes.data, bytes.size);
	}
	return corrupt;
}

static void chunk_get__finds_every_flipped_bit_of_a_plain_chunk(void **state)
{
	size_t bits, corrupt = flip_every_bit(*state, slice_text("plain bytes"), &bits);

	assert_int_equal(corrupt, bits);
}

static void chunk_get__never_gives_wrong_bytes_for_a_flipped_bit_of_an_lz4_chunk(void **state)
{
	size_t bits, corrupt = flip_every_bit(*state, slice_text(REPEATING), &bits);

	assert_true(corrupt > bits / 2);
}

static void chunk_get__finds_another_chunk_in_its_place(void **state)
{
	struct fixture *f = *state;
	struct digest one = put(f->chunks, slice_text("one")),
		      two = put(f->chunks, slice_text("two"));
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT, bytes = BUFFER_INIT;
	struct chunks_stats stats;

	assert_int_equal(blobs_get(f->inner.blobs, two.bytes, &stored), 0);
	replace_stored(f->inner.blobs, &one, buffer_slice(&stored));
	assert_int_equal(chunk_get(f->chunks, &one, &bytes), -CSM_CHUNK_CORRUPT);
	assert_chunk(f->chunks, &two, slice_text("two"));
	chunks_stats(f->chunks, &stats);
	assert_int_equal(stats.corrupt, 1);
}

/* ---- garbage ---- */

/* Says "unused" for every digest but used; fails for failing. */
struct judge {
	const struct digest *used, *failing;
	unsigned asked;
};

static int ask_judge(void *context, const struct digest *digest)
{
	struct judge *judge = context;

	judge->asked++;
	if (judge->failing && digest_equal(digest, judge->failing))
		return -EIO;
	return !(judge->used && digest_equal(digest, judge->used));
}

static void remove_unused__removes_what_is_unused_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	struct digest digests[3] = { put(f->chunks, slice_text("one")),
				     put(f->chunks, slice_text("two")),
				     put(f->chunks, slice_text("three")) };
	struct judge judge = { .used = &digests[1] };
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	struct chunks_stats stats;
	size_t removed;

	assert_int_equal(chunks_remove_unused(f->chunks, digests, 3, ask_judge, &judge, &removed),
			 0);
	assert_int_equal(removed, 2);
	assert_int_equal(chunk_get(f->chunks, &digests[0], &bytes), -CSM_CHUNK_MISSING);
	assert_chunk(f->chunks, &digests[1], slice_text("two"));
	assert_int_equal(chunk_get(f->chunks, &digests[2], &bytes), -CSM_CHUNK_MISSING);
	chunks_stats(f->chunks, &stats);
	assert_int_equal(stats.removed, 2);
}

static void remove_unused__takes_the_chunk_out_of_the_cache_too(void **state)
{
	struct fixture *f = *state;
	struct digest digest = put(f->chunks, slice_text("one"));
	struct judge judge = { .used = NULL };
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	size_t removed;

	assert_chunk(f->chunks, &digest, slice_text("one"));
	assert_int_equal(chunks_remove_unused(f->chunks, &digest, 1, ask_judge, &judge, &removed),
			 0);
	assert_int_equal(chunk_get(f->chunks, &digest, &bytes), -CSM_CHUNK_MISSING);
}

static void remove_unused__stops_at_the_first_failure_and_counts_what_it_did(void **state)
{
	struct fixture *f = *state;
	struct digest digests[3] = { put(f->chunks, slice_text("one")),
				     put(f->chunks, slice_text("two")),
				     put(f->chunks, slice_text("three")) };
	struct judge judge = { .failing = &digests[1] };
	size_t removed;

	assert_int_equal(chunks_remove_unused(f->chunks, digests, 3, ask_judge, &judge, &removed),
			 -EIO);
	assert_int_equal(removed, 1);
	assert_int_equal(judge.asked, 2);
	assert_chunk(f->chunks, &digests[2], slice_text("three"));
}

static void remove_unused__hands_a_failure_of_the_engine_on(void **state)
{
	struct fixture *f = *state;
	struct digest digest = put(f->chunks, slice_text("one"));
	struct judge judge = { .used = NULL };
	size_t removed;

	engine_faulty_strike(f->faulty, FAULT_REMOVE, 1, FAULT_ONCE);
	assert_int_equal(chunks_remove_unused(f->chunks, &digest, 1, ask_judge, &judge, &removed),
			 -EIO);
	assert_int_equal(removed, 0);
	assert_chunk(f->chunks, &digest, slice_text("one"));
}

/* One writer inside the gate, whose row is not committed yet, and a collector. */
struct gate_race {
	struct chunks *chunks;
	struct digest digest;
	atomic_bool collecting, committed;
	size_t removed;
	int code;
};

static int unused_before_the_commit(void *context, const struct digest *digest)
{
	struct gate_race *race = context;

	(void)digest;
	return !atomic_load(&race->committed);
}

static void *collect(void *context)
{
	struct gate_race *race = context;

	atomic_store(&race->collecting, true);
	race->code = chunks_remove_unused(race->chunks, &race->digest, 1, unused_before_the_commit,
					  race, &race->removed);
	return NULL;
}

static void remove_unused__waits_for_writers_inside_the_gate(void **state)
{
	struct fixture *f = *state;
	struct gate_race race = { .chunks = f->chunks,
				  .digest = put(f->chunks, slice_text("one")),
				  .code = 1 };
	struct digest again;
	pthread_t collector;

	chunks_enter(f->chunks);
	assert_int_equal(pthread_create(&collector, NULL, collect, &race), 0);
	while (!atomic_load(&race.collecting))
		usleep(1000);
	/* Time for a collector that does not wait to do its harm. */
	usleep(20000);
	assert_int_equal(chunk_put(f->chunks, slice_text("one"), &again), 0);
	atomic_store(&race.committed, true);
	chunks_leave(f->chunks);
	pthread_join(collector, NULL);
	assert_int_equal(race.code, 0);
	assert_int_equal(race.removed, 0);
	assert_chunk(f->chunks, &race.digest, slice_text("one"));
}

#define STORM_CHUNKS 16
#define STORM_ROUNDS 3000

/* Rows that come and go: used[i] counts the rows that refer to chunk i. */
struct storm {
	struct chunks *chunks;
	struct digest digests[STORM_CHUNKS];
	atomic_int used[STORM_CHUNKS];
	atomic_uint missing, removed;
	atomic_bool stop;
};

static struct slice storm_bytes(unsigned number, char ret_text[2])
{
	ret_text[0] = 'c';
	ret_text[1] = (char)('a' + number);
	return slice_of(ret_text, 2);
}

static void *storm_write(void *context)
{
	struct storm *storm = context;

	/* On a busy machine the collector may come late: not without it. */
	for (unsigned i = 0; i < STORM_ROUNDS || !atomic_load(&storm->removed); i++) {
		unsigned number = i * 7 % STORM_CHUNKS;
		struct digest digest;
		char text[2];

		chunks_enter(storm->chunks);
		if (chunk_put(storm->chunks, storm_bytes(number, text), &digest) == 0)
			atomic_fetch_add(&storm->used[number], 1);
		chunks_leave(storm->chunks);
		/* The row exists: so must the chunk, until the row is gone. */
		if (chunk_verify(storm->chunks, &digest))
			atomic_fetch_add(&storm->missing, 1);
		atomic_fetch_sub(&storm->used[number], 1);
	}
	return NULL;
}

static int storm_unused(void *context, const struct digest *digest)
{
	struct storm *storm = context;

	for (unsigned i = 0; i < STORM_CHUNKS; i++)
		if (digest_equal(digest, &storm->digests[i]))
			return atomic_load(&storm->used[i]) == 0;
	return 0;
}

static void *storm_collect(void *context)
{
	struct storm *storm = context;

	while (!atomic_load(&storm->stop)) {
		size_t removed;

		if (chunks_remove_unused(storm->chunks, storm->digests, STORM_CHUNKS, storm_unused,
					 storm, &removed) == 0)
			atomic_fetch_add(&storm->removed, (unsigned)removed);
	}
	return NULL;
}

static void remove_unused__never_takes_a_chunk_that_a_row_refers_to(void **state)
{
	struct fixture *f = *state;
	struct storm storm = { .chunks = f->chunks };
	pthread_t writers[2], collector;
	struct chunks_stats stats;

	for (unsigned i = 0; i < STORM_CHUNKS; i++) {
		char text[2];

		storm.digests[i] = digest_of(storm_bytes(i, text));
	}
	assert_int_equal(pthread_create(&collector, NULL, storm_collect, &storm), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, storm_write, &storm), 0);
	for (size_t i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
	atomic_store(&storm.stop, true);
	pthread_join(collector, NULL);
	chunks_stats(f->chunks, &stats);
	assert_int_equal(atomic_load(&storm.missing), 0);
	assert_true(stats.removed > 0);
}

static void chunks__free_of_nothing_is_legal(void **state)
{
	(void)state;
	chunks_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_UNCACHED(f) cmocka_unit_test_setup_teardown(f, setup_uncached, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chunk__is_got_back_by_the_digest_of_its_bytes),
		TEST(chunk__of_the_largest_size_is_kept),
		TEST(chunk_put__refuses_no_bytes_and_too_many),
		TEST(chunk_put__stores_equal_bytes_once),
		TEST(chunk_get__of_an_unknown_digest_is_missing),
		TEST(chunk_put__hands_a_failure_of_the_engine_on),
		TEST(chunk_get__hands_a_failure_of_the_engine_on_and_gives_no_bytes),
		TEST(chunk_get__asks_the_engine_once_for_what_fits_the_cache),
		TEST_UNCACHED(chunk_get__works_without_a_cache),
		TEST(chunk_verify__finds_damage_that_the_cache_hides),
		TEST_UNCACHED(chunk_get__finds_every_flipped_bit_of_a_plain_chunk),
		TEST_UNCACHED(chunk_get__never_gives_wrong_bytes_for_a_flipped_bit_of_an_lz4_chunk),
		TEST(chunk_get__finds_another_chunk_in_its_place),
		TEST(remove_unused__removes_what_is_unused_and_nothing_else),
		TEST(remove_unused__takes_the_chunk_out_of_the_cache_too),
		TEST(remove_unused__stops_at_the_first_failure_and_counts_what_it_did),
		TEST(remove_unused__hands_a_failure_of_the_engine_on),
		TEST(remove_unused__waits_for_writers_inside_the_gate),
		TEST(remove_unused__never_takes_a_chunk_that_a_row_refers_to),
		cmocka_unit_test(chunks__free_of_nothing_is_legal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
