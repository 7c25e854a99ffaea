/*
 * Listings: places of names are numbers that stay right while names come and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fs/listing.h"

#define NAMES 5000

static void fill(struct listing *listing, int first, int step)
{
	char name[32];

	for (int i = first; i < NAMES; i += step) {
		snprintf(name, sizeof(name), "name-%d", i);
		listing_add(listing, name, (uint64_t)i + 100, S_IFREG);
	}
	assert_int_equal(listing_sort(listing), 0);
}

static void listing__has_every_name_once_in_order_of_places(void **state)
{
	struct listing listing = LISTING_INIT;
	bool seen[NAMES] = { false };

	(void)state;
	fill(&listing, 0, 1);
	assert_int_equal(listing.count, NAMES);
	for (size_t i = 0; i < listing.count; i++) {
		const struct listing_entry *entry = &listing.entries[i];
		char name[32];

		snprintf(name, sizeof(name), "name-%d", (int)(entry->node - 100));
		assert_string_equal(listing_name(&listing, entry), name);
		assert_false(seen[entry->node - 100]);
		seen[entry->node - 100] = true;
		assert_true(entry->place > LISTING_DOTDOT && entry->place <= INT64_MAX);
		assert_true(i == 0 || entry->place > listing.entries[i - 1].place);
	}
	listing_release(&listing);
}

static void listing__goes_on_behind_a_place_though_names_before_it_are_gone(void **state)
{
	struct listing all = LISTING_INIT, half = LISTING_INIT;
	size_t middle, next;

	(void)state;
	fill(&all, 0, 1);
	fill(&half, 0, 2);
	middle = all.count / 2;
	next = listing_find(&half, all.entries[middle].place);
	assert_true(next < half.count);
	/* The first even name behind the middle of all names is the one that comes. */
	for (size_t i = middle + 1; i < all.count; i++)
		if ((all.entries[i].node - 100) % 2 == 0) {
			assert_int_equal(half.entries[next].node, all.entries[i].node);
			break;
		}
	listing_release(&all);
	listing_release(&half);
}

static void listing_find__behind_the_last_place_is_the_end(void **state)
{
	struct listing listing = LISTING_INIT;

	(void)state;
	fill(&listing, 0, 1);
	assert_int_equal(listing_find(&listing, LISTING_DOTDOT), 0);
	assert_int_equal(listing_find(&listing, listing.entries[listing.count - 1].place), listing.count);
	listing_release(&listing);
}

static void listing__of_nothing_is_empty(void **state)
{
	struct listing listing = LISTING_INIT;

	(void)state;
	assert_int_equal(listing_sort(&listing), 0);
	assert_int_equal(listing_find(&listing, 0), 0);
	listing_release(&listing);
}

static void listing__gives_one_name_the_same_place_every_time(void **state)
{
	struct listing a = LISTING_INIT, b = LISTING_INIT;

	(void)state;
	listing_add(&a, "passwd", 7, S_IFREG);
	listing_add(&b, "group", 8, S_IFREG);
	listing_add(&b, "passwd", 9, S_IFREG);
	assert_int_equal(listing_sort(&a), 0);
	assert_int_equal(listing_sort(&b), 0);
	for (size_t i = 0; i < b.count; i++)
		if (b.entries[i].node == 9)
			assert_true(b.entries[i].place == a.entries[0].place);
	listing_release(&a);
	listing_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listing__has_every_name_once_in_order_of_places),
		cmocka_unit_test(listing__goes_on_behind_a_place_though_names_before_it_are_gone),
		cmocka_unit_test(listing_find__behind_the_last_place_is_the_end),
		cmocka_unit_test(listing__of_nothing_is_empty),
		cmocka_unit_test(listing__gives_one_name_the_same_place_every_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
