/*
 * The slots of the write buffers and the memory they lie in.
 *
 * The process may end between any two instructions, and the next one reads what is there. So a
 * header is filled while its slot is free, and its state is written last; a held slot is changed
 * word by word in an order in which each step is true: first the bytes, then how many they are,
 * then the size and time of the file. A killed process has executed its stores in order; the
 * atomics are there for the compiler.
 *
 * What the next process reads may be damaged or from another version of the program. It is
 * decoded like anything from a disk.
 *
 * Memory. Pages of slots come when they are first written to. To give them back after each small
 * file would cost a system call and new pages a file, so slots that were given back keep up to
 * UNSTORED_KEPT bytes together, and the one given back last is taken first. A slot stays counted
 * while it is in use again: all slots never have more than what their owners wrote and that.
 */
#include "store/tree/unstored.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/base/log.h"

enum slot_state { SLOT_FREE = 0, SLOT_HELD = 1 };

struct unstored_head {
	uint8_t magic[8];
	uint32_t layout;
	uint32_t slots;
	uint32_t block_size;
	uint8_t zeros[44];
};

#define HEADER_SIZE 64
#define DATA_OFFSET ((size_t)3 * BLOCK_SIZE) /* behind head and headers */
#define MEMORY_SIZE (DATA_OFFSET + (size_t)UNSTORED_SLOTS * BLOCK_SIZE)

_Static_assert(sizeof(struct unstored_head) == HEADER_SIZE, "the layout is a format");
_Static_assert(sizeof(struct unstored_header) == HEADER_SIZE, "the layout is a format");
_Static_assert(offsetof(struct unstored_header, file_size) == 24, "the layout is a format");
_Static_assert(offsetof(struct unstored_header, size) == 40, "the layout is a format");
_Static_assert((1 + UNSTORED_SLOTS) * HEADER_SIZE <= DATA_OFFSET, "headers end before data");

static const struct unstored_head head_now = {
	.magic = { 'c', 's', 'm', 'f', 's', 'U', 'N', 'S' },
	.layout = UNSTORED_LAYOUT,
	.slots = UNSTORED_SLOTS,
	.block_size = BLOCK_SIZE,
};

struct unstored {
	uint8_t *memory;      /* immutable */
	pthread_mutex_t lock; /* everything below */
	uint32_t free[UNSTORED_SLOTS]; /* the last one is taken first */
	uint32_t free_count;
	uint32_t left_count;
	bool left[UNSTORED_SLOTS];
	uint32_t kept[UNSTORED_SLOTS]; /* bytes of memory that a slot had when it was given back */
	size_t kept_all;
};

static struct unstored_header *header_of(struct unstored *unstored, uint32_t slot)
{
	return (struct unstored_header *)(unstored->memory + (1 + slot) * HEADER_SIZE);
}

uint8_t *unstored_data(struct unstored *unstored, uint32_t slot)
{
	return unstored->memory + DATA_OFFSET + (size_t)slot * BLOCK_SIZE;
}

/* ---- one header ---- */

static bool all_zero(const uint8_t *bytes, size_t size)
{
	while (size && *bytes == 0) {
		bytes++;
		size--;
	}
	return size == 0;
}

int unstored_decode(const struct unstored_header *header, struct unstored_block *ret_block)
{
	uint32_t state = atomic_load_explicit(&header->state, memory_order_acquire);

	if (state == SLOT_FREE)
		return 1;
	*ret_block = (struct unstored_block){
		.space = header->space,
		.size = atomic_load_explicit(&header->size, memory_order_relaxed),
		.number = header->number,
		.block = header->block,
		.file_size = atomic_load_explicit(&header->file_size, memory_order_relaxed),
		.changed = atomic_load_explicit(&header->changed, memory_order_relaxed),
	};
	if (state != SLOT_HELD || !all_zero(header->zeros, sizeof(header->zeros)) ||
	    ret_block->number < INODE_FIRST || ret_block->block >= FILE_SIZE_MAX / BLOCK_SIZE ||
	    ret_block->size == 0 || ret_block->size > BLOCK_SIZE || ret_block->file_size == 0 ||
	    ret_block->file_size > FILE_SIZE_MAX)
		return -CSM_UNSTORED_DAMAGED;
	return 0;
}

static void set(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_release);
}

void unstored_hold(struct unstored *unstored, uint32_t slot, const struct unstored_block *block)
{
	struct unstored_header *header = header_of(unstored, slot);

	header->space = block->space;
	header->number = block->number;
	header->block = block->block;
	atomic_store_explicit(&header->size, block->size, memory_order_release);
	set(&header->file_size, block->file_size);
	atomic_store_explicit(&header->changed, block->changed, memory_order_release);
	atomic_store_explicit(&header->state, SLOT_HELD, memory_order_release);
}

void unstored_let_go(struct unstored *unstored, uint32_t slot)
{
	/* an exchange, because what follows may not come before it: the slot is written anew */
	atomic_exchange_explicit(&header_of(unstored, slot)->state, SLOT_FREE, memory_order_acq_rel);
}

/* ---- slots ---- */

int unstored_take(struct unstored *unstored, uint32_t *ret_slot)
{
	WITH_MUTEX(&unstored->lock);
	if (!unstored->free_count)
		return -ENOMEM;
	*ret_slot = unstored->free[--unstored->free_count];
	return 0;
}

/* The slot is nobody's. Where it fails the memory stays, and is used by who takes the slot. */
static void give_memory_back(struct unstored *unstored, uint32_t slot, uint32_t count)
{
	madvise(unstored_data(unstored, slot), (size_t)count * BLOCK_SIZE, MADV_REMOVE);
}

/* False when its memory must go because too much is kept. */
static bool keep_memory(struct unstored *unstored, uint32_t slot, uint32_t touched)
{
	uint32_t *kept = &unstored->kept[slot];
	uint32_t size = touched > *kept ? touched : *kept;

	unstored->kept_all -= *kept;
	*kept = unstored->kept_all + size > UNSTORED_KEPT ? 0 : size;
	unstored->kept_all += *kept;
	return *kept || !size;
}

void unstored_give_back(struct unstored *unstored, uint32_t slot, size_t touched)
{
	bool is_kept;

	unstored_let_go(unstored, slot);
	pthread_mutex_lock(&unstored->lock);
	is_kept = keep_memory(unstored, slot, (uint32_t)touched);
	pthread_mutex_unlock(&unstored->lock);
	if (!is_kept)
		give_memory_back(unstored, slot, 1);
	WITH_MUTEX(&unstored->lock);
	unstored->free[unstored->free_count++] = slot;
}

bool unstored_is_scarce(struct unstored *unstored)
{
	WITH_MUTEX(&unstored->lock);
	return unstored->free_count <= UNSTORED_RESERVE;
}

/* ---- what was left ---- */

bool unstored_left(struct unstored *unstored, uint32_t slot, struct unstored_block *ret_block)
{
	WITH_MUTEX(&unstored->lock);
	return unstored->left_count && unstored->left[slot] &&
	       unstored_decode(header_of(unstored, slot), ret_block) == 0;
}

void unstored_adopt(struct unstored *unstored, uint32_t slot)
{
	WITH_MUTEX(&unstored->lock);
	unstored->left_count -= unstored->left[slot];
	unstored->left[slot] = false;
}

/* Sorts the slots into left and free ones. Of new memory no header is touched. */
static void look_through(struct unstored *unstored, bool is_new)
{
	struct unstored_block block;

	for (uint32_t slot = UNSTORED_SLOTS; slot-- > 0;) {
		int code = is_new ? 1 : unstored_decode(header_of(unstored, slot), &block);

		if (code < 0) {
			log_line(LOG_LEVEL_ERROR,
				 "write buffers: slot %u (space %u, inode %llu, block %llu) is damaged: "
				 "what was written there is lost", slot, block.space,
				 (unsigned long long)block.number, (unsigned long long)block.block);
			unstored_let_go(unstored, slot);
		}
		if (code == 0) {
			unstored->left[slot] = true;
			unstored->left_count++;
		} else {
			unstored->free[unstored->free_count++] = slot;
		}
	}
}

/* Nobody knows how much of it the process before had used. */
static void give_free_memory_back(struct unstored *unstored)
{
	uint32_t begin = 0;

	while (begin < UNSTORED_SLOTS) {
		uint32_t end = begin;

		while (end < UNSTORED_SLOTS && !unstored->left[end])
			end++;
		if (end > begin)
			give_memory_back(unstored, begin, end - begin);
		begin = end + 1;
	}
}

/* ---- the memory ---- */

/* -1, or a descriptor that has MEMORY_SIZE bytes. */
static int size_memory(int fd)
{
	off_t size = fd < 0 ? (off_t)MEMORY_SIZE : lseek(fd, 0, SEEK_END);

	if (size < 0)
		return -errno;
	if (size == 0)
		return ftruncate(fd, (off_t)MEMORY_SIZE) ? -errno : 0;
	/* the head says whose the memory is; a file that is too short has none to be read */
	return (size_t)size < MEMORY_SIZE ? -CSM_UNSTORED_DAMAGED : 0;
}

static int map_memory(int fd, uint8_t **ret_memory)
{
	int flags = MAP_SHARED | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0);
	int err = size_memory(fd);
	void *memory;

	if (err)
		return err;
	memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	/* not in a core file: it is large and mostly holes */
	madvise(memory, MEMORY_SIZE, MADV_DONTDUMP);
	*ret_memory = memory;
	return 0;
}

/* The head is written before any slot is held: without one there is nothing in the memory. */
static int check_head(struct unstored *unstored, bool *ret_new)
{
	struct unstored_head head;

	memcpy(&head, unstored->memory, sizeof(head));
	*ret_new = all_zero((const uint8_t *)&head, sizeof(head));
	if (*ret_new || memcmp(&head, &head_now, sizeof(head)) == 0)
		return 0;
	if (memcmp(head.magic, head_now.magic, sizeof(head.magic)) == 0 &&
	    head.layout != head_now.layout)
		return -CSM_UNSTORED_NEWER;
	return -CSM_UNSTORED_DAMAGED;
}

static void begin_memory(struct unstored *unstored)
{
	madvise(unstored->memory, MEMORY_SIZE, MADV_REMOVE);
	memcpy(unstored->memory + sizeof(head_now.magic), (const uint8_t *)&head_now +
	       sizeof(head_now.magic), sizeof(head_now) - sizeof(head_now.magic));
	atomic_signal_fence(memory_order_release);
	memcpy(unstored->memory, head_now.magic, sizeof(head_now.magic));
}

int unstored_open(int fd, struct unstored **ret_unstored)
{
	struct unstored *unstored = calloc(1, sizeof(*unstored));
	bool is_new;
	int err;

	if (!unstored)
		return -ENOMEM;
	pthread_mutex_init(&unstored->lock, NULL);
	err = map_memory(fd, &unstored->memory);
	if (!err)
		err = check_head(unstored, &is_new);
	if (err) {
		unstored_close(unstored);
		return err;
	}
	if (is_new)
		begin_memory(unstored);
	look_through(unstored, is_new);
	if (!is_new)
		give_free_memory_back(unstored);
	*ret_unstored = unstored;
	return 0;
}

void unstored_close(struct unstored *unstored)
{
	if (!unstored)
		return;
	if (unstored->memory)
		munmap(unstored->memory, MEMORY_SIZE);
	pthread_mutex_destroy(&unstored->lock);
	free(unstored);
}
