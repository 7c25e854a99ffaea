/*
 * The arithmetic of a reader that takes its time, with a clock of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/upkeep/pace.h"

#define SECOND INT64_C(1000000000)

static void pace__lets_pass_what_the_rate_says_over_many_reads(void **state)
{
	struct pace pace;
	int64_t now = 5 * SECOND;

	(void)state;
	pace_set(&pace, 1000000, now);
	for (int i = 0; i < 1000; i++) {
		pace_add(&pace, 4000, now);
		now = pace.free_at; /* waits as it is told */
	}
	assert_int_equal(now, 5 * SECOND + 4 * SECOND);
}

static void pace__makes_one_large_read_wait_as_many_small_ones(void **state)
{
	struct pace large, small;

	(void)state;
	pace_set(&large, 1 << 20, 0);
	pace_set(&small, 1 << 20, 0);
	pace_add(&large, 16 << 20, 0);
	for (int i = 0; i < 16; i++)
		pace_add(&small, 1 << 20, small.free_at);
	assert_int_equal(large.free_at, 16 * SECOND);
	assert_int_equal(small.free_at, large.free_at);
}

static void pace__saves_no_time_up(void **state)
{
	struct pace pace;

	(void)state;
	pace_set(&pace, 1000, 0);
	pace_add(&pace, 1000, 100 * SECOND); /* after a long time in which nothing was read */
	assert_int_equal(pace.free_at, 101 * SECOND);
	pace_add(&pace, 1000, 100 * SECOND + 1);
	assert_int_equal(pace.free_at, 102 * SECOND);
}

static void pace__without_a_rate_waits_for_nothing(void **state)
{
	struct pace pace;

	(void)state;
	pace_set(&pace, 0, 7);
	pace_add(&pace, UINT64_MAX, 9);
	assert_int_equal(pace.free_at, 9);
}

static void pace__of_another_rate_forgets_the_debt(void **state)
{
	struct pace pace;

	(void)state;
	pace_set(&pace, 1, 0);
	pace_add(&pace, 1000, 0);
	assert_int_equal(pace.free_at, 1000 * SECOND);
	pace_set(&pace, 1000, SECOND);
	assert_int_equal(pace.free_at, SECOND);
}

static void pace__waits_for_an_hour_at_most(void **state)
{
	struct pace pace;

	(void)state;
	pace_set(&pace, 1, 0);
	pace_add(&pace, UINT64_MAX, 0);
	assert_int_equal(pace.free_at, 3600 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pace__lets_pass_what_the_rate_says_over_many_reads),
		cmocka_unit_test(pace__makes_one_large_read_wait_as_many_small_ones),
		cmocka_unit_test(pace__saves_no_time_up),
		cmocka_unit_test(pace__without_a_rate_waits_for_nothing),
		cmocka_unit_test(pace__of_another_rate_forgets_the_debt),
		cmocka_unit_test(pace__waits_for_an_hour_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
