/*
 * Numbers of requests: which slots they take, and what a process that takes over finds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/request/request.h"
#include "tests/support/golden.h"

enum { SESSION = 77 };

static int setup(void **state)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	assert_non_null(engine);
	assert_int_equal(engine_memory_open(engine), 0);
	*state = engine;
	return 0;
}

static int teardown(void **state)
{
	struct engine *engine = *state;

	engine_close(engine);
	free(engine);
	return 0;
}

static struct requests *opened(struct engine *engine, uint64_t session)
{
	struct requests *requests;

	assert_int_equal(requests_open(engine->kv, session, &requests), 0);
	return requests;
}

/* One commit of a thread that works on this request. */
static void commit(struct engine *engine)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	request_decide(&batch);
	assert_int_equal(kv_commit(engine->kv, &batch), 0);
}

static void carry_out(struct engine *engine, struct requests *requests, uint64_t unique,
		      struct request *request)
{
	request_begin(requests, unique, request);
	commit(engine);
	request_leave();
}

static bool was_done(struct requests *requests, uint64_t unique)
{
	struct request request;
	bool is_done;

	request_begin(requests, unique, &request);
	is_done = request_is_done();
	request_leave();
	return is_done;
}

static size_t rows(struct engine *engine)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	size_t count = 0;

	assert_int_equal(kv_iter_new(engine->kv, slice_text("q"), &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter))
		count++;
	return count;
}

static void request__that_was_carried_out_is_known_after_a_take_over(void **state)
{
	struct requests *requests = opened(*state, SESSION);
	struct request request;

	carry_out(*state, requests, 10, &request);
	requests_close(requests);
	requests = opened(*state, SESSION);
	assert_true(was_done(requests, 10));
	assert_false(was_done(requests, 12));
	requests_close(requests);
}

static void request__of_another_session_is_not(void **state)
{
	struct requests *requests = opened(*state, SESSION);
	struct request request;

	carry_out(*state, requests, 10, &request);
	requests_close(requests);
	requests = opened(*state, SESSION + 1);
	assert_false(was_done(requests, 10));
	requests_close(requests);
}

static void request__that_committed_nothing_is_not(void **state)
{
	struct requests *requests = opened(*state, SESSION);
	struct request request;

	request_begin(requests, 10, &request);
	request_leave();
	requests_close(requests);
	requests = opened(*state, SESSION);
	assert_false(was_done(requests, 10));
	requests_close(requests);
}

static void request__is_not_carried_out_by_what_only_prepares(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct requests *requests = opened(*state, SESSION);
	struct request request;

	request_begin(requests, 10, &request);
	request_pause();
	request_decide_edit(&batch);
	request_resume();
	assert_int_equal(batch.count, 0);
	request_decide_edit(&batch);
	assert_int_equal(batch.count, 1);
	request_leave();
	requests_close(requests);
}

static void request__is_recorded_once(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct requests *requests = opened(*state, SESSION);
	struct request request;

	request_begin(requests, 10, &request);
	request_decide(&batch);
	request_decide(&batch);
	assert_int_equal(batch.count, 1);
	request_leave();
	requests_close(requests);
}

static void slots__are_used_again_when_their_requests_are_answered(void **state)
{
	struct requests *requests = opened(*state, SESSION);
	struct request one, two;

	for (uint64_t unique = 2; unique < 100; unique += 4) {
		carry_out(*state, requests, unique, &one);
		carry_out(*state, requests, unique + 2, &two);
		request_answered(&one);
		request_answered(&two);
	}
	assert_int_equal(rows(*state), 2);
	requests_close(requests);
}

static void slots__of_a_request_that_may_come_again_are_kept(void **state)
{
	static const uint64_t expected[] = { 12 };
	struct requests *requests = opened(*state, SESSION);
	struct request one, two, three;

	carry_out(*state, requests, 10, &one);
	carry_out(*state, requests, 12, &two);
	requests_close(requests);
	requests = opened(*state, SESSION);
	requests_expect(requests, expected, 1);
	/* takes the slot of the one that was answered */
	carry_out(*state, requests, 14, &three);
	requests_close(requests);
	requests = opened(*state, SESSION);
	assert_true(was_done(requests, 12));
	assert_false(was_done(requests, 10));
	assert_int_equal(rows(*state), 2);
	requests_close(requests);
}

static void requests__without_a_session_record_nothing(void **state)
{
	struct requests *requests = opened(*state, 0);
	struct request request;

	carry_out(*state, requests, 10, &request);
	request_answered(&request);
	assert_int_equal(rows(*state), 0);
	requests_close(requests);
}

static void requests__refuse_a_damaged_row(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct engine *engine = *state;
	struct requests *requests;

	kv_batch_put(&batch, slice_text("qab"), slice_text("short"));
	assert_int_equal(kv_commit(engine->kv, &batch), 0);
	assert_int_equal(requests_open(engine->kv, SESSION, &requests), -CSM_ROW_CORRUPT);
}

static void row__has_the_bytes_of_the_golden_file(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, text = BUFFER_INIT;
	struct requests *requests = opened(*state, 0x0102030405060708);
	struct engine *engine = *state;
	struct slice key = slice_of("q\0\0", 3);
	struct request request;

	carry_out(engine, requests, 0x1112131415161718, &request);
	assert_int_equal(kv_get(engine->kv, key, &value), 0);
	golden_line(&text, "key", key);
	golden_line(&text, "value", buffer_slice(&value));
	golden_check("tests/format/request.hex", &text);
	requests_close(requests);
}

#define BEHAVIOUR(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(request__that_was_carried_out_is_known_after_a_take_over),
		BEHAVIOUR(request__of_another_session_is_not),
		BEHAVIOUR(request__that_committed_nothing_is_not),
		BEHAVIOUR(request__is_not_carried_out_by_what_only_prepares),
		BEHAVIOUR(request__is_recorded_once),
		BEHAVIOUR(slots__are_used_again_when_their_requests_are_answered),
		BEHAVIOUR(slots__of_a_request_that_may_come_again_are_kept),
		BEHAVIOUR(requests__without_a_session_record_nothing),
		BEHAVIOUR(requests__refuse_a_damaged_row),
		BEHAVIOUR(row__has_the_bytes_of_the_golden_file),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
