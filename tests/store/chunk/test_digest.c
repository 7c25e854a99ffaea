/*
 * SHA-256 against published values (FIPS 180-2, NIST's examples), and its text form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/chunk/digest.h"

#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OF_448_BITS "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
#define OF_MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void assert_digest(struct digest digest, const char *want)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(&digest, text);
	assert_string_equal(text, want);
}

static void digest__matches_the_published_values(void **state)
{
	_cleanup_free_ char *million = malloc(1000000);

	(void)state;
	assert_non_null(million);
	memset(million, 'a', 1000000);
	assert_digest(digest_of(slice_of(NULL, 0)), OF_NOTHING);
	assert_digest(digest_of(slice_text("abc")), OF_ABC);
	assert_digest(
		digest_of(slice_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
		OF_448_BITS);
	assert_digest(digest_of(slice_of(million, 1000000)), OF_MILLION_A);
}

static void digest__parses_what_it_prints_in_either_case(void **state)
{
	struct digest digest = digest_of(slice_text("abc")), parsed = { { 0 } };

	(void)state;
	assert_int_equal(digest_parse(OF_ABC, &parsed), 0);
	assert_true(digest_equal(&parsed, &digest));
	assert_int_equal(
		digest_parse("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
			     &parsed),
		0);
	assert_true(digest_equal(&parsed, &digest));
}

static void digest__refuses_text_that_is_no_digest(void **state)
{
	struct digest digest = { { 1, 2, 3 } };
	const struct digest before = digest;

	(void)state;
	assert_int_equal(digest_parse("", &digest), -EINVAL);
	assert_int_equal(digest_parse(OF_ABC "0", &digest), -EINVAL);
	assert_int_equal(digest_parse(&OF_ABC[1], &digest), -EINVAL);
	assert_int_equal(
		digest_parse("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a ",
			     &digest),
		-EINVAL);
	assert_int_equal(
		digest_parse("xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
			     &digest),
		-EINVAL);
	assert_true(digest_equal(&digest, &before));
}

static void digest__of_all_zero_bytes_is_the_hole(void **state)
{
	struct digest digest = { { 0 } };

	(void)state;
	assert_true(digest_is_zero(&digest));
	digest.bytes[31] = 1;
	assert_false(digest_is_zero(&digest));
}

static void hasher__gives_the_same_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = { 1, 7, 64, 1000, 65536 };
	uint8_t bytes[100000];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 31 >> 3);
	for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
		_cleanup_(cleanup_hasher) struct hasher *hasher = hasher_new();
		struct digest in_pieces, whole = digest_of(slice_of(bytes, sizeof bytes));

		assert_non_null(hasher);
		for (size_t at = 0; at < sizeof bytes; at += pieces[p])
			hasher_add(hasher, bytes + at,
				   at + pieces[p] < sizeof bytes ? pieces[p] : sizeof bytes - at);
		hasher_end(hasher, &in_pieces);
		assert_true(digest_equal(&in_pieces, &whole));
	}
}

static void hasher__of_nothing_is_the_digest_of_nothing(void **state)
{
	_cleanup_(cleanup_hasher) struct hasher *hasher = hasher_new();
	struct digest digest;

	(void)state;
	assert_non_null(hasher);
	hasher_end(hasher, &digest);
	assert_digest(digest, OF_NOTHING);
}

static void hasher__is_not_disturbed_by_other_digests_of_the_thread(void **state)
{
	_cleanup_(cleanup_hasher) struct hasher *hasher = hasher_new();
	struct digest digest;

	(void)state;
	assert_non_null(hasher);
	hasher_add(hasher, "a", 1);
	assert_digest(digest_of(slice_text("abc")), OF_ABC);
	hasher_add(hasher, "bc", 2);
	hasher_end(hasher, &digest);
	assert_digest(digest, OF_ABC);
}

static void hasher__free_of_nothing_is_legal(void **state)
{
	(void)state;
	hasher_free(NULL);
}

static void *hash_often(void *context)
{
	unsigned *wrong = context;

	for (unsigned i = 0; i < 1000; i++) {
		uint8_t bytes[8] = { 0 };
		struct digest digest, again;

		put_le32(bytes, i);
		digest = digest_of(slice_of(bytes, 8));
		again = digest_of(slice_of(bytes, 8));
		*wrong += !digest_equal(&digest, &again);
	}
	return NULL;
}

static void digest__is_computed_by_several_threads_at_once(void **state)
{
	pthread_t threads[4];
	unsigned wrong[4] = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &wrong[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(wrong[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest__matches_the_published_values),
		cmocka_unit_test(digest__parses_what_it_prints_in_either_case),
		cmocka_unit_test(digest__refuses_text_that_is_no_digest),
		cmocka_unit_test(digest__of_all_zero_bytes_is_the_hole),
		cmocka_unit_test(hasher__gives_the_same_in_pieces_of_any_size),
		cmocka_unit_test(hasher__of_nothing_is_the_digest_of_nothing),
		cmocka_unit_test(hasher__is_not_disturbed_by_other_digests_of_the_thread),
		cmocka_unit_test(hasher__free_of_nothing_is_legal),
		cmocka_unit_test(digest__is_computed_by_several_threads_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
