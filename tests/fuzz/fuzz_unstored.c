/*
 * The memory of written bytes that a process left: any bytes from its head on. What is shown of it
 * is within bounds, and is what the headers say.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "store/base/log.h"
#include "store/tree/unstored.h"
#include "tests/fuzz/fuzz.h"

static void drop_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static void must_be_in_bounds(const struct unstored_block *block)
{
	MUST(block->size >= 1 && block->size <= BLOCK_SIZE);
	MUST(block->number >= INODE_FIRST);
	MUST(block->block < FILE_SIZE_MAX / BLOCK_SIZE);
	MUST(block->file_size >= 1 && block->file_size <= FILE_SIZE_MAX);
}

/* Held again it says the same; then it is given back. */
static void look_at(struct unstored *unstored, uint32_t slot)
{
	struct unstored_block block, again;
	uint8_t *data = unstored_data(unstored, slot);

	if (!unstored_left(unstored, slot, &block))
		return;
	must_be_in_bounds(&block);
	data[0]++;
	data[block.size - 1]++;
	unstored_hold(unstored, slot, &block);
	MUST(unstored_left(unstored, slot, &again));
	must_equal(slice_of(&block, sizeof(block)), slice_of(&again, sizeof(again)));
	unstored_adopt(unstored, slot);
	unstored_give_back(unstored, slot, block.size);
	MUST(!unstored_left(unstored, slot, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	uint8_t begin[8192] = { 0 }; /* head and the first slots; the others stay free */
	struct unstored *unstored;

	if (fd < 0) {
		fd = memfd_create("unstored", MFD_CLOEXEC);
		log_inject(drop_line, NULL);
		MUST(unstored_open(fd, &unstored) == 0);
		unstored_close(unstored);
	}
	if (size)
		memcpy(begin, data, size < sizeof(begin) ? size : sizeof(begin));
	MUST(pwrite(fd, begin, sizeof(begin), 0) == (ssize_t)sizeof(begin));
	if (unstored_open(fd, &unstored) == 0) {
		for (uint32_t slot = 0; slot < UNSTORED_SLOTS; slot++)
			look_at(unstored, slot);
		unstored_close(unstored);
	}
	return 0;
}
