/*
 * What a scrub is told and tells, word for word.
 */
#include "tests/support/golden.h"

#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/engine/engine.h"
#include "store/upkeep/scrub_words.h"
#include "store/upkeep/verify.h"

static const struct {
	const char *text;
	struct scrub_words words;
} good[] = {
	{ "start", { SCRUB_START, false, 0 } },
	{ "  Stop ", { SCRUB_STOP, false, 0 } },
	{ "RESUME", { SCRUB_RESUME, false, 0 } },
	{ "start rate=50M", { SCRUB_START, true, 50u << 20 } },
	{ "resume\trate=64k", { SCRUB_RESUME, true, 64u << 10 } },
	{ "rate=0", { SCRUB_RATE, true, 0 } },
	{ "RATE=2G", { SCRUB_RATE, true, UINT64_C(2) << 30 } },
	{ "start rate=65536", { SCRUB_START, true, 65536 } },
};

static const char *const bad[] = {
	"", " ", "begin", "start start", "start stop", "start now", "rate", "rate=", "rate=fast",
	"rate=1", "rate=65535", "rate=5T", "rate=5MB", "rate=-1", "rate=0x100000", "stop rate=1M",
	"rate=1M start", "rate=1M rate=2M", "rate=18446744073709551616", "rate=99999999999G",
	"start rate=1M rate=1M", "start,rate=1M", "M",
};

static void words__are_understood_in_any_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct scrub_words words;

		assert_int_equal(scrub_words_parse(good[i].text, &words), 0);
		assert_int_equal(words.verb, good[i].words.verb);
		assert_int_equal(words.has_rate, good[i].words.has_rate);
		assert_int_equal(words.rate, good[i].words.rate);
	}
}

static void words__of_another_kind_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scrub_words words;

		if (scrub_words_parse(bad[i], &words) != -CSM_VALUE_BAD)
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void assert_text(const struct scrub_state *state, const char *expected)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;

	scrub_state_text(state, &text);
	buffer_u8(&text, 0);
	assert_string_equal((char *)text.data, expected);
}

static void text__of_a_store_that_was_never_looked_at_is_one_line(void **state)
{
	(void)state;
	assert_text(&(struct scrub_state){ .status = SCRUB_NEVER }, ":SCRUB.NEVER\n");
}

static void text__tells_how_far_it_is(void **state)
{
	struct scrub_state scrub = { .status = SCRUB_RUNNING,
				     .part = VERIFY_ROWS,
				     .rate = 1 << 20,
				     .started = { 1795557907, 0 },
				     .started_by = 4000000000,
				     .chunks = 12,
				     .bytes = 3456,
				     .findings = 1,
				     .position = { 'f', 0x80, 0, 0, 0 },
				     .position_size = 5 };

	(void)state;
	assert_text(&scrub, ":SCRUB.RUNNING\n"
			    ":STARTED.11/24/26.22:05:07.4000000000\n"
			    ":POSITION.content, 50 of 100\n"
			    ":CHUNKS.12\n"
			    ":BYTES.3456\n"
			    ":RATE.1048576\n"
			    ":FINDINGS.1\n");
	scrub.status = SCRUB_FINISHED;
	scrub.ended = (struct timespec){ 1795557910, 0 };
	assert_text(&scrub, ":SCRUB.FINISHED\n"
			    ":STARTED.11/24/26.22:05:07.4000000000\n"
			    ":ENDED.11/24/26.22:05:10.4000000000\n"
			    ":POSITION.all\n"
			    ":CHUNKS.12\n"
			    ":BYTES.3456\n"
			    ":RATE.1048576\n"
			    ":FINDINGS.1\n");
}

static void findings__are_records_with_the_way_out(void **state)
{
	const struct scrub_finding finding = { .found = { 1795557907, 0 },
					       .code = CSM_CHUNK_CORRUPT,
					       .object = "720/L CP/a\\x0ab",
					       .what = "a chunk does not match its digest" };
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, text = BUFFER_INIT;
	struct scrub_key key;
	struct engine engine;

	(void)state;
	assert_int_equal(engine_memory_open(&engine), 0);
	scrub_finding_encode(&finding, &value);
	for (uint32_t i = 0; i < 2; i++) {
		scrub_key_finding(&key, i);
		kv_batch_put(&batch, scrub_key_slice(&key), buffer_slice(&value));
	}
	assert_int_equal(kv_commit(engine.kv, &batch), 0);
	assert_int_equal(scrub_findings_of(engine.kv, &text), 0);
	buffer_u8(&text, 0);
	assert_non_null(strstr((char *)text.data, ":FINDING.1\n:OBJECT.720/L CP/a\\x5cx0ab\n"
						  ":WHAT.a chunk does not match its digest\n"
						  ":RULE.a chunk does not match its digest\n"
						  ":WAYOUT."));
	assert_non_null(strstr((char *)text.data, "\n\n:FINDING.2\n"));
	engine_close(&engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words__are_understood_in_any_case),
		cmocka_unit_test(words__of_another_kind_are_refused),
		cmocka_unit_test(text__of_a_store_that_was_never_looked_at_is_one_line),
		cmocka_unit_test(text__tells_how_far_it_is),
		cmocka_unit_test(findings__are_records_with_the_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
