/*
 * The promises of engine.h about blobs, one test each, run on every engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "tests/support/contract.h"

static void digest_with(uint8_t first, uint8_t ret_digest[32])
{
	memset(ret_digest, 0, 32);
	ret_digest[0] = first;
}

static void blobs_get__of_an_absent_blob_is_enoent(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	uint8_t digest[32];

	digest_with(1, digest);
	assert_int_equal(blobs_get(f->blobs, digest, &bytes), -ENOENT);
	assert_int_equal(blobs_has(f->blobs, digest), 0);
}

static void blobs_put__stores_what_get_gives_back(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	uint8_t digest[32];

	digest_with(1, digest);
	assert_int_equal(blobs_put(f->blobs, digest, slice_text("some bytes")), 0);
	assert_int_equal(blobs_has(f->blobs, digest), 1);
	buffer_text(&bytes, "left over from before");
	assert_int_equal(blobs_get(f->blobs, digest, &bytes), 0);
	assert_int_equal(bytes.size, 10);
	assert_memory_equal(bytes.data, "some bytes", 10);
}

static void blobs_room__is_there_for_what_a_put_then_takes(void **state)
{
	struct contract *f = *state;
	uint8_t digest[32];

	digest_with(1, digest);
	assert_int_equal(blobs_room(f->blobs, 10), 0);
	assert_int_equal(blobs_put(f->blobs, digest, slice_text("some bytes")), 0);
}

static void blobs_put__keeps_what_is_there_and_says_so(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	uint8_t digest[32];

	digest_with(1, digest);
	assert_int_equal(blobs_put(f->blobs, digest, slice_text("first")), 0);
	assert_int_equal(blobs_put(f->blobs, digest, slice_text("second")), 1);
	assert_int_equal(blobs_get(f->blobs, digest, &bytes), 0);
	assert_memory_equal(bytes.data, "first", 5);
}

static void blobs_put__takes_the_largest_blob_and_refuses_a_larger_one(void **state)
{
	struct contract *f = *state;
	_cleanup_free_ uint8_t *large = calloc(1, ENGINE_VALUE_MAX + 1);
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	uint8_t digest[32];

	assert_non_null(large);
	digest_with(1, digest);
	assert_int_equal(blobs_put(f->blobs, digest, slice_of(large, ENGINE_VALUE_MAX + 1)),
			 -EINVAL);
	assert_int_equal(blobs_has(f->blobs, digest), 0);
	assert_int_equal(blobs_put(f->blobs, digest, slice_of(large, ENGINE_VALUE_MAX)), 0);
	assert_int_equal(blobs_get(f->blobs, digest, &bytes), 0);
	assert_int_equal(bytes.size, ENGINE_VALUE_MAX);
}

static void blobs_remove__takes_the_blob_away(void **state)
{
	struct contract *f = *state;
	uint8_t one[32], two[32];

	digest_with(1, one);
	digest_with(2, two);
	assert_int_equal(blobs_put(f->blobs, one, slice_text("1")), 0);
	assert_int_equal(blobs_put(f->blobs, two, slice_text("2")), 0);
	assert_int_equal(blobs_remove(f->blobs, one), 0);
	assert_int_equal(blobs_has(f->blobs, one), 0);
	assert_int_equal(blobs_has(f->blobs, two), 1);
}

static void blobs_remove__of_an_absent_blob_is_success(void **state)
{
	struct contract *f = *state;
	uint8_t digest[32];

	digest_with(1, digest);
	assert_int_equal(blobs_remove(f->blobs, digest), 0);
}

static void blobs_put__stores_again_after_a_remove(void **state)
{
	struct contract *f = *state;
	uint8_t digest[32];

	digest_with(1, digest);
	assert_int_equal(blobs_put(f->blobs, digest, slice_text("1")), 0);
	assert_int_equal(blobs_remove(f->blobs, digest), 0);
	assert_int_equal(blobs_put(f->blobs, digest, slice_text("1")), 0);
	assert_int_equal(blobs_has(f->blobs, digest), 1);
}

/* Adds "N=text " for each blob; stops at the blob whose first digest byte is stop_at. */
struct listing {
	struct buffer text;
	int stop_at;
};

static int list_blob(void *context, const uint8_t digest[32], struct slice bytes)
{
	struct listing *listing = context;

	buffer_printf(&listing->text, "%u=%.*s ", digest[0], (int)bytes.size,
		      (const char *)bytes.data);
	return digest[0] == listing->stop_at ? 42 : 0;
}

static void put_three_blobs(struct blobs *blobs)
{
	static const uint8_t order[] = { 200, 3, 50 };

	for (size_t i = 0; i < 3; i++) {
		char text[8];
		uint8_t digest[32];

		digest_with(order[i], digest);
		snprintf(text, sizeof text, "b%u", order[i]);
		assert_int_equal(blobs_put(blobs, digest, slice_text(text)), 0);
	}
}

static void blobs_each__shows_every_blob_in_order_of_digests(void **state)
{
	struct contract *f = *state;
	struct listing listing = { BUFFER_INIT, -1 };

	put_three_blobs(f->blobs);
	assert_int_equal(blobs_each(f->blobs, list_blob, &listing), 0);
	assert_int_equal(listing.text.size, strlen("3=b3 50=b50 200=b200 "));
	assert_memory_equal(listing.text.data, "3=b3 50=b50 200=b200 ", listing.text.size);
	buffer_release(&listing.text);
}

static void blobs_each__stops_when_told_and_returns_what_it_was_told(void **state)
{
	struct contract *f = *state;
	struct listing listing = { BUFFER_INIT, 50 };

	put_three_blobs(f->blobs);
	assert_int_equal(blobs_each(f->blobs, list_blob, &listing), 42);
	assert_memory_equal(listing.text.data, "3=b3 50=b50 ", listing.text.size);
	buffer_release(&listing.text);
}

static void blobs__and_rows_do_not_meet(void **state)
{
	struct contract *f = *state;
	struct listing listing = { BUFFER_INIT, -1 };
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	uint8_t digest[32];

	digest_with(9, digest);
	kv_batch_put(&batch, slice_of(digest, 32), slice_text("row"));
	assert_int_equal(kv_commit(f->kv, &batch), 0);
	assert_int_equal(blobs_has(f->blobs, digest), 0);
	assert_int_equal(blobs_each(f->blobs, list_blob, &listing), 0);
	assert_int_equal(listing.text.size, 0);
	buffer_release(&listing.text);
}

int main(void)
{
	static const struct contract_test tests[] = {
		CONTRACT_TEST(blobs_get__of_an_absent_blob_is_enoent),
		CONTRACT_TEST(blobs_put__stores_what_get_gives_back),
		CONTRACT_TEST(blobs_room__is_there_for_what_a_put_then_takes),
		CONTRACT_TEST(blobs_put__keeps_what_is_there_and_says_so),
		CONTRACT_TEST(blobs_put__takes_the_largest_blob_and_refuses_a_larger_one),
		CONTRACT_TEST(blobs_remove__takes_the_blob_away),
		CONTRACT_TEST(blobs_remove__of_an_absent_blob_is_success),
		CONTRACT_TEST(blobs_put__stores_again_after_a_remove),
		CONTRACT_TEST(blobs_each__shows_every_blob_in_order_of_digests),
		CONTRACT_TEST(blobs_each__stops_when_told_and_returns_what_it_was_told),
		CONTRACT_TEST(blobs__and_rows_do_not_meet),
	};

	return contract_run("engine contract: blobs", tests, sizeof tests / sizeof tests[0]);
}
