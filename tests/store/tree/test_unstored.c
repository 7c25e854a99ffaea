/*
 * The slots of the write buffers: who holds what, what the next process is shown, and the bytes
 * in the memory between the two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/base/log.h"
#include "store/tree/unstored.h"
#include "tests/support/golden.h"

/* docs/format.md "Write buffers" */
#define HEADER_AT(slot) (64 * (1 + (off_t)(slot)))
#define HEADERS_SIZE	(64 * (1 + UNSTORED_SLOTS))
#define DATA_AT(slot)	(3 * (off_t)BLOCK_SIZE + (off_t)(slot)*BLOCK_SIZE)

static const struct unstored_block sample = {
	.space = 18,
	.size = 5,
	.number = 0x10203,
	.block = 7,
	.file_size = 7 * BLOCK_SIZE + 5,
	.changed = 1795644422000000005,
};

struct memory {
	int fd;
	struct unstored *unstored;
};

static int setup(void **state)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	assert_non_null(memory);
	memory->fd = memfd_create("unstored", MFD_CLOEXEC);
	assert_true(memory->fd >= 0);
	assert_int_equal(unstored_open(memory->fd, &memory->unstored), 0);
	*state = memory;
	return 0;
}

static int teardown(void **state)
{
	struct memory *memory = *state;

	unstored_close(memory->unstored);
	close(memory->fd);
	free(memory);
	return 0;
}

/* The process has ended, and the next one has the memory. */
static void next_process(struct memory *memory)
{
	unstored_close(take_pointer(&memory->unstored));
	assert_int_equal(unstored_open(memory->fd, &memory->unstored), 0);
}

static uint32_t take(struct memory *memory)
{
	uint32_t slot;

	assert_int_equal(unstored_take(memory->unstored, &slot), 0);
	return slot;
}

static uint32_t hold(struct memory *memory, const struct unstored_block *block, const char *bytes)
{
	uint32_t slot = take(memory);

	memcpy(unstored_data(memory->unstored, slot), bytes, strlen(bytes));
	unstored_hold(memory->unstored, slot, block);
	return slot;
}

static size_t count_left(struct memory *memory)
{
	struct unstored_block block;
	size_t count = 0;

	for (uint32_t slot = 0; slot < UNSTORED_SLOTS; slot++)
		count += unstored_left(memory->unstored, slot, &block);
	return count;
}

static size_t count_free(struct memory *memory)
{
	size_t count = 0;
	uint32_t slot;

	while (unstored_take(memory->unstored, &slot) == 0)
		count++;
	return count;
}

static size_t bytes_of_memory(struct memory *memory)
{
	struct stat stat;

	assert_int_equal(fstat(memory->fd, &stat), 0);
	return (size_t)stat.st_blocks * 512;
}

/* ---- one process ---- */

static void slots__are_each_taken_once(void **state)
{
	struct memory *memory = *state;
	bool taken[UNSTORED_SLOTS] = { false };
	uint32_t slot;

	for (size_t i = 0; i < UNSTORED_SLOTS; i++) {
		slot = take(memory);
		assert_in_range(slot, 0, UNSTORED_SLOTS - 1);
		assert_false(taken[slot]);
		taken[slot] = true;
	}
	assert_int_equal(unstored_take(memory->unstored, &slot), -ENOMEM);
	unstored_give_back(memory->unstored, 77, 1);
	assert_int_equal(take(memory), 77);
}

static void slots__are_scarce_before_the_last(void **state)
{
	struct memory *memory = *state;
	size_t count = 0;

	while (!unstored_is_scarce(memory->unstored)) {
		take(memory);
		count++;
	}
	assert_int_equal(count, UNSTORED_SLOTS - UNSTORED_RESERVE);
}

static void slots__do_not_share_bytes(void **state)
{
	struct memory *memory = *state;
	uint32_t a = take(memory), b = take(memory);

	memset(unstored_data(memory->unstored, a), 'a', BLOCK_SIZE);
	memset(unstored_data(memory->unstored, b), 'b', BLOCK_SIZE);
	assert_int_equal(unstored_data(memory->unstored, a)[0], 'a');
	assert_int_equal(unstored_data(memory->unstored, a)[BLOCK_SIZE - 1], 'a');
}

static void slots__given_back_keep_a_bounded_amount_of_memory(void **state)
{
	struct memory *memory = *state;
	uint32_t slots[256];
	size_t most;

	for (size_t i = 0; i < 256; i++) {
		slots[i] = take(memory);
		memset(unstored_data(memory->unstored, slots[i]), 'x', BLOCK_SIZE);
	}
	most = bytes_of_memory(memory);
	assert_true(most >= 256 * BLOCK_SIZE);
	for (size_t i = 0; i < 256; i++)
		unstored_give_back(memory->unstored, slots[i], BLOCK_SIZE);
	assert_true(bytes_of_memory(memory) <= HEADERS_SIZE + 4096 + UNSTORED_KEPT);
	assert_true(bytes_of_memory(memory) >= UNSTORED_KEPT);
}

static void memory__without_a_descriptor_works_as_well(void **state)
{
	struct memory *memory = *state;
	uint32_t slot;

	unstored_close(memory->unstored);
	assert_int_equal(unstored_open(-1, &memory->unstored), 0);
	slot = hold(memory, &sample, "bytes");
	assert_memory_equal(unstored_data(memory->unstored, slot), "bytes", 5);
}

/* ---- the next process ---- */

static void held__is_what_the_next_process_finds(void **state)
{
	struct memory *memory = *state;
	uint32_t slot = hold(memory, &sample, "bytes");
	struct unstored_block block;

	next_process(memory);
	assert_int_equal(count_left(memory), 1);
	assert_true(unstored_left(memory->unstored, slot, &block));
	assert_memory_equal(&block, &sample, sizeof(block));
	assert_memory_equal(unstored_data(memory->unstored, slot), "bytes", 5);
	assert_int_equal(count_free(memory), UNSTORED_SLOTS - 1);
}

static void held__is_found_until_somebody_lets_go(void **state)
{
	struct memory *memory = *state;
	uint32_t slot = hold(memory, &sample, "bytes");

	next_process(memory);
	unstored_adopt(memory->unstored, slot);
	assert_int_equal(count_left(memory), 0);
	next_process(memory);
	assert_int_equal(count_left(memory), 1);
	unstored_adopt(memory->unstored, slot);
	unstored_give_back(memory->unstored, slot, 5);
	next_process(memory);
	assert_int_equal(count_left(memory), 0);
	assert_int_equal(count_free(memory), UNSTORED_SLOTS);
}

static void held__says_what_it_said_last(void **state)
{
	struct memory *memory = *state;
	uint32_t slot = hold(memory, &sample, "bytes and more");
	struct unstored_block more = sample, block;

	more.size = 14;
	more.file_size = 12 * BLOCK_SIZE;
	more.changed = -1;
	unstored_hold(memory->unstored, slot, &more);
	next_process(memory);
	assert_true(unstored_left(memory->unstored, slot, &block));
	assert_memory_equal(&block, &more, sizeof(block));
}

static void taken__and_not_held_is_free_for_the_next(void **state)
{
	struct memory *memory = *state;
	uint32_t slot = hold(memory, &sample, "bytes");

	take(memory);
	unstored_let_go(memory->unstored, slot);
	next_process(memory);
	assert_int_equal(count_left(memory), 0);
	assert_int_equal(count_free(memory), UNSTORED_SLOTS);
}

static void memory__of_free_slots_is_given_back_by_the_next_process(void **state)
{
	struct memory *memory = *state;
	uint32_t slot = hold(memory, &sample, "bytes");

	for (size_t i = 0; i < 16; i++)
		memset(unstored_data(memory->unstored, take(memory)), 'x', BLOCK_SIZE);
	assert_true(bytes_of_memory(memory) >= 16 * BLOCK_SIZE);
	next_process(memory);
	assert_true(bytes_of_memory(memory) <= HEADERS_SIZE + 2 * 4096);
	assert_memory_equal(unstored_data(memory->unstored, slot), "bytes", 5);
}

/* ---- damage ---- */

static void put(struct memory *memory, off_t at, const void *bytes, size_t size)
{
	assert_int_equal(pwrite(memory->fd, bytes, size, at), size);
}

static void put_byte(struct memory *memory, off_t at, uint8_t byte)
{
	put(memory, at, &byte, 1);
}

static int open_again(struct memory *memory)
{
	unstored_close(take_pointer(&memory->unstored));
	return unstored_open(memory->fd, &memory->unstored);
}

static void drop_line(void *context, enum log_level level, const char *text)
{
	(void)text;
	*(size_t *)context += level == LOG_LEVEL_ERROR;
}

static void header__that_does_not_decode_is_logged_and_free(void **state)
{
	/* of state, number, block, file size, size, zeros: place and value that is damage */
	static const struct {
		off_t at;
		uint8_t value;
	} damages[] = { { 0, 2 },  { 10, 0 }, { 20, 1 }, { 30, 3 },
			{ 43, 1 }, { 40, 0 }, { 42, 3 }, { 44, 1 }, { 63, 0x80 } };
	struct unstored_block small = sample;
	struct memory *memory = *state;
	size_t lines = 0;

	small.number = 0x10000; /* one byte of it is not zero */
	log_inject(drop_line, &lines);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		uint32_t slot = hold(memory, &small, "bytes");

		put_byte(memory, HEADER_AT(slot) + damages[i].at, damages[i].value);
		next_process(memory);
		assert_int_equal(count_left(memory), 0);
		assert_int_equal(lines, i + 1);
	}
	next_process(memory);
	log_inject(NULL, NULL);
	assert_int_equal(lines, sizeof(damages) / sizeof(damages[0]));
	assert_int_equal(count_free(memory), UNSTORED_SLOTS);
}

static void layout__of_another_version_is_refused_and_kept(void **state)
{
	struct memory *memory = *state;
	uint32_t slot = hold(memory, &sample, "bytes");

	put_byte(memory, 8, UNSTORED_LAYOUT + 1);
	assert_int_equal(open_again(memory), -CSM_UNSTORED_NEWER);
	assert_null(memory->unstored);
	put_byte(memory, 8, UNSTORED_LAYOUT);
	assert_int_equal(open_again(memory), 0);
	assert_int_equal(count_left(memory), 1);
	assert_memory_equal(unstored_data(memory->unstored, slot), "bytes", 5);
}

static void head__that_is_damaged_is_refused(void **state)
{
	static const off_t places[] = { 0, 12, 16, 20, 63 };
	struct memory *memory = *state;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint8_t old;

		assert_int_equal(pread(memory->fd, &old, 1, places[i]), 1);
		put_byte(memory, places[i], (uint8_t)(old ^ 0x40));
		assert_int_equal(open_again(memory), -CSM_UNSTORED_DAMAGED);
		put_byte(memory, places[i], old);
	}
	assert_int_equal(open_again(memory), 0);
}

static void memory__that_is_cut_is_refused(void **state)
{
	struct memory *memory = *state;

	assert_int_equal(ftruncate(memory->fd, DATA_AT(9)), 0);
	assert_int_equal(open_again(memory), -CSM_UNSTORED_DAMAGED);
}

/* It died before it had written the head, or had not even begun. */
static void memory__without_a_head_is_begun(void **state)
{
	static const uint8_t zeros[64];
	struct memory *memory = *state;

	put(memory, 0, zeros, sizeof(zeros));
	assert_int_equal(open_again(memory), 0);
	hold(memory, &sample, "bytes");
	next_process(memory);
	assert_int_equal(count_left(memory), 1);
}

/* ---- the format ---- */

static void line_at(struct memory *memory, struct buffer *text, const char *name, off_t at)
{
	uint8_t bytes[64];

	assert_int_equal(pread(memory->fd, bytes, sizeof(bytes), at), sizeof(bytes));
	golden_line(text, name, slice_of(bytes, sizeof(bytes)));
}

static void memory__is_the_golden_bytes(void **state)
{
	struct buffer text = BUFFER_INIT;
	struct memory *memory = *state;
	uint32_t slot = hold(memory, &sample, "bytes"), free_slot = hold(memory, &sample, "other");

	unstored_let_go(memory->unstored, free_slot);
	assert_int_equal(slot, 0);
	line_at(memory, &text, "head", 0);
	line_at(memory, &text, "held", HEADER_AT(slot));
	line_at(memory, &text, "free", HEADER_AT(free_slot));
	line_at(memory, &text, "data", DATA_AT(slot));
	golden_check("tests/format/unstored.hex", &text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(slots__are_each_taken_once),
		TEST(slots__are_scarce_before_the_last),
		TEST(slots__do_not_share_bytes),
		TEST(slots__given_back_keep_a_bounded_amount_of_memory),
		TEST(memory__without_a_descriptor_works_as_well),
		TEST(held__is_what_the_next_process_finds),
		TEST(held__is_found_until_somebody_lets_go),
		TEST(held__says_what_it_said_last),
		TEST(taken__and_not_held_is_free_for_the_next),
		TEST(memory__of_free_slots_is_given_back_by_the_next_process),
		TEST(header__that_does_not_decode_is_logged_and_free),
		TEST(layout__of_another_version_is_refused_and_kept),
		TEST(head__that_is_damaged_is_refused),
		TEST(memory__that_is_cut_is_refused),
		TEST(memory__without_a_head_is_begun),
		TEST(memory__is_the_golden_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
