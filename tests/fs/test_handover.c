/*
 * What a worker leaves to the next: it is found again from the descriptor alone, and nothing that is
 * not one is taken for a handover.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fs/handover.h"
#include "store/base/log.h"

#define MANY 5000 /* more than there are places at first */

static void no_words(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static struct handover *open_again(const struct handover *handover)
{
	struct handover *again = NULL;

	assert_int_equal(handover_open(dup(handover->fd), &again), 0);
	return again;
}

static void handover__is_resumed_once_the_kernel_has_greeted(void **state)
{
	struct handover *handover, *again;

	(void)state;
	assert_int_equal(handover_new(&handover), 0);
	assert_false(handover->resumed);
	again = open_again(handover);
	assert_false(again->resumed);
	handover_close(again);
	memcpy(handover->head->greeting, "hello", 5);
	handover->head->greeting_size = 5;
	again = open_again(handover);
	assert_true(again->resumed);
	assert_memory_equal(again->head->greeting, "hello", 5);
	handover_close(again);
	handover_close(handover);
}

static void handover__tells_mounts_apart(void **state)
{
	struct handover *one, *other;

	(void)state;
	assert_int_equal(handover_new(&one), 0);
	assert_int_equal(handover_new(&other), 0);
	assert_true(one->head->number != other->head->number);
	handover_close(one);
	handover_close(other);
}

static void handover__has_the_open_files_and_no_other(void **state)
{
	struct handover *handover, *again;
	static uint32_t places[MANY + 1];
	uint64_t found = 0;

	(void)state;
	assert_int_equal(handover_new(&handover), 0);
	for (uint32_t i = 1; i <= MANY; i++)
		places[i] = handover_add_file(handover, i, i * 10, i * 100, i);
	for (uint32_t i = 2; i <= MANY; i += 2)
		handover_remove_file(handover, places[i]);
	again = open_again(handover);
	assert_true(again->head->files >= MANY);
	for (uint64_t i = 0; i < again->head->files; i++) {
		const struct handover_file *file = &again->files[i];

		if (!file->id)
			continue;
		found++;
		assert_int_equal(file->id % 2, 1);
		assert_int_equal(file->node, file->id * 10);
		assert_int_equal(file->unique, file->id * 100);
		assert_int_equal(file->uid, file->id);
	}
	assert_int_equal(found, MANY / 2);
	handover_close(again);
	handover_close(handover);
}

static void handover__gives_a_place_that_is_free_also_after_a_take_over(void **state)
{
	struct handover *handover, *again;
	uint32_t first, second;

	(void)state;
	assert_int_equal(handover_new(&handover), 0);
	first = handover_add_file(handover, 1, 1, 1, 1);
	again = open_again(handover);
	second = handover_add_file(again, 2, 2, 2, 2);
	assert_int_not_equal(first, second);
	handover_remove_file(again, first);
	assert_int_equal(handover_add_file(again, 3, 3, 3, 3), first);
	handover_close(again);
	handover_close(handover);
}

static void handover__of_another_version_is_refused(void **state)
{
	struct handover *handover, *again;

	(void)state;
	log_inject(no_words, NULL);
	assert_int_equal(handover_new(&handover), 0);
	handover->head->version++;
	assert_int_equal(handover_open(dup(handover->fd), &again), -EPROTO);
	log_inject(NULL, NULL);
	handover_close(handover);
}

static void handover__is_not_made_of_anything_else(void **state)
{
	struct handover *handover, *again;
	int fd = memfd_create("other", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(handover_open(dup(fd), &again), -EUCLEAN);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(handover_open(fd, &again), -EUCLEAN);
	assert_int_equal(handover_new(&handover), 0);
	handover->head->files = 1u << 30;
	assert_int_equal(handover_open(dup(handover->fd), &again), -EUCLEAN);
	handover->head->files = 1;
	handover->head->greeting_size = HANDOVER_GREETING + 1;
	assert_int_equal(handover_open(dup(handover->fd), &again), -EUCLEAN);
	handover->head->files = 2048;
	handover_close(handover);
}

static void handover__ends_every_name(void **state)
{
	struct handover *handover, *again;
	struct handover_spare *spare;

	(void)state;
	assert_int_equal(handover_new(&handover), 0);
	spare = &handover->head->spares[3];
	memset(spare->name, 'x', sizeof(spare->name));
	again = open_again(handover);
	assert_int_equal(strlen(again->head->spares[3].name), sizeof(spare->name) - 1);
	handover_close(again);
	handover_close(handover);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handover__is_resumed_once_the_kernel_has_greeted),
		cmocka_unit_test(handover__tells_mounts_apart),
		cmocka_unit_test(handover__has_the_open_files_and_no_other),
		cmocka_unit_test(handover__gives_a_place_that_is_free_also_after_a_take_over),
		cmocka_unit_test(handover__of_another_version_is_refused),
		cmocka_unit_test(handover__is_not_made_of_anything_else),
		cmocka_unit_test(handover__ends_every_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
