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
	handover->head->greeting_size = HANDOVER_GREETING + 1;
	assert_int_equal(handover_open(dup(handover->fd), &again), -EUCLEAN);
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
		cmocka_unit_test(handover__of_another_version_is_refused),
		cmocka_unit_test(handover__is_not_made_of_anything_else),
		cmocka_unit_test(handover__ends_every_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
