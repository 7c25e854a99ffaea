/*
 * Shared disk writes with a write that the test holds up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/engine/shared_sync.h"

struct disk {
	struct shared_sync sync;
	atomic_uint writes;  /* begun */
	atomic_uint at_once; /* going on now */
	atomic_bool overlap;
	int codes[4]; /* of the writes, in order */
	bool hold_first;
	sem_t begun, go_on; /* of the first write */
};

static int setup(void **state)
{
	static struct disk disk;

	disk = (struct disk){ .hold_first = false };
	shared_sync_init(&disk.sync);
	sem_init(&disk.begun, 0, 0);
	sem_init(&disk.go_on, 0, 0);
	*state = &disk;
	return 0;
}

static int teardown(void **state)
{
	struct disk *disk = *state;

	shared_sync_destroy(&disk->sync);
	sem_destroy(&disk->begun);
	sem_destroy(&disk->go_on);
	return 0;
}

static int write_disk(void *context)
{
	struct disk *disk = context;
	unsigned number = atomic_fetch_add(&disk->writes, 1);

	if (atomic_fetch_add(&disk->at_once, 1) != 0)
		atomic_store(&disk->overlap, true);
	if (disk->hold_first && number == 0) {
		sem_post(&disk->begun);
		sem_wait(&disk->go_on);
	}
	atomic_fetch_sub(&disk->at_once, 1);
	return number < 4 ? disk->codes[number] : 0;
}

static void *call_once(void *context)
{
	struct disk *disk = context;
	int code = shared_sync_run(&disk->sync, write_disk, disk);

	return (void *)(intptr_t)code;
}

/* Returns how many writes had begun when the call returned. */
static void *call_and_look(void *context)
{
	struct disk *disk = context;

	shared_sync_run(&disk->sync, write_disk, disk);
	return (void *)(uintptr_t)atomic_load(&disk->writes);
}

static void shared_sync__writes_for_a_caller_alone(void **state)
{
	struct disk *disk = *state;

	assert_int_equal(shared_sync_run(&disk->sync, write_disk, disk), 0);
	assert_int_equal(shared_sync_run(&disk->sync, write_disk, disk), 0);
	assert_int_equal(shared_sync_count(&disk->sync), 2);
}

static void shared_sync__does_not_answer_with_a_write_that_began_before_the_call(void **state)
{
	struct disk *disk = *state;
	pthread_t first, second;
	void *writes;

	disk->hold_first = true;
	assert_int_equal(pthread_create(&first, NULL, call_once, disk), 0);
	sem_wait(&disk->begun);
	assert_int_equal(pthread_create(&second, NULL, call_and_look, disk), 0);
	usleep(20000);
	sem_post(&disk->go_on);
	pthread_join(first, NULL);
	pthread_join(second, &writes);
	assert_true((uintptr_t)writes >= 2);
}

#define CALLERS 6

static void shared_sync__never_writes_twice_at_once(void **state)
{
	struct disk *disk = *state;
	pthread_t callers[CALLERS];

	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(pthread_create(&callers[i], NULL, call_once, disk), 0);
	for (int i = 0; i < CALLERS; i++)
		pthread_join(callers[i], NULL);
	assert_false(atomic_load(&disk->overlap));
	assert_in_range(atomic_load(&disk->writes), 1, CALLERS);
}

static void shared_sync__fails_for_ever_after_a_failed_write(void **state)
{
	struct disk *disk = *state;

	disk->codes[0] = -EIO;
	assert_int_equal(shared_sync_run(&disk->sync, write_disk, disk), -EIO);
	assert_int_equal(shared_sync_run(&disk->sync, write_disk, disk), -EIO);
	assert_int_equal(atomic_load(&disk->writes), 1);
}

static void shared_sync__goes_on_when_there_is_space_again(void **state)
{
	struct disk *disk = *state;

	disk->codes[0] = -ENOSPC;
	assert_int_equal(shared_sync_run(&disk->sync, write_disk, disk), -ENOSPC);
	assert_int_equal(shared_sync_run(&disk->sync, write_disk, disk), 0);
	assert_int_equal(atomic_load(&disk->writes), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shared_sync__writes_for_a_caller_alone),
		TEST(shared_sync__does_not_answer_with_a_write_that_began_before_the_call),
		TEST(shared_sync__never_writes_twice_at_once),
		TEST(shared_sync__fails_for_ever_after_a_failed_write),
		TEST(shared_sync__goes_on_when_there_is_space_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
