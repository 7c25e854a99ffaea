/*
 * Where written bytes wait until they are stored: slots of one block each, in memory that
 * outlives the process when its caller has a descriptor of it. A process that was killed leaves
 * there what it had acknowledged; the next one takes it over (file_adopt.c).
 *
 * A slot is taken, filled, held, let go and given back. Only a held slot counts for who comes
 * after; a slot that is taken and not held is as good as free. Its owner keeps others from it
 * meanwhile: the io lock of the file (store/tree/file_buffer.c).
 *
 * The layout is a format: docs/format.md "Write buffers".
 */
#ifndef STORE_TREE_UNSTORED_H
#define STORE_TREE_UNSTORED_H

#include <stdatomic.h>

#include "store/tree/tree.h"

#define UNSTORED_SLOTS	 4096u
#define UNSTORED_RESERVE 512u	       /* so many free ones are for writers that store at once */
#define UNSTORED_KEPT	 (8u << 20)    /* memory that stays with slots which were given back */
#define UNSTORED_LAYOUT	 1u

/* What a held slot says: bytes of one block of a file, and that file as its readers see it. */
struct unstored_block {
	uint32_t space;
	uint32_t size;	    /* bytes in the slot, 1 to BLOCK_SIZE; the block has zeros behind */
	uint64_t number;    /* of the inode */
	uint64_t block;
	uint64_t file_size; /* no less than any earlier one since the file was stored */
	int64_t changed;    /* mtime and ctime, nanoseconds since 1970 */
};

/* A slot's header as it lies in the memory. */
struct unstored_header {
	_Atomic uint32_t state;
	uint32_t space;
	uint64_t number;
	uint64_t block;
	_Atomic uint64_t file_size;
	_Atomic int64_t changed;
	_Atomic uint32_t size;
	uint8_t zeros[20];
};

struct unstored;

/*
 * The memory behind fd, made on it when it is empty; fd stays the caller's. -1: memory that ends
 * with the process. -CSM_UNSTORED_NEWER, -CSM_UNSTORED_DAMAGED: the memory is left as it is. A
 * header that does not decode is logged, and its slot is free.
 */
int unstored_open(int fd, struct unstored **ret_unstored);
void unstored_close(struct unstored *unstored); /* NULL is legal; what is held stays held */

/* A slot for the caller alone, with any bytes in it. -ENOMEM: none is free. */
int unstored_take(struct unstored *unstored, uint32_t *ret_slot);
/* BLOCK_SIZE bytes. */
uint8_t *unstored_data(struct unstored *unstored, uint32_t slot);
/*
 * From here on the slot counts, with bytes that are in it already. Of a slot that is held size,
 * file_size and changed may differ from what it said.
 */
void unstored_hold(struct unstored *unstored, uint32_t slot, const struct unstored_block *block);
/* It counts no more. It may be held again. */
void unstored_let_go(struct unstored *unstored, uint32_t slot);
/* Lets go, too. touched: bytes of it that were written to. */
void unstored_give_back(struct unstored *unstored, uint32_t slot, size_t touched);
/* True when writers should store at once because few slots are free. */
bool unstored_is_scarce(struct unstored *unstored);

/* ---- what the process before held ---- */

/*
 * True when slot was held by the process before and nobody has adopted it; ret_block is decoded
 * and can be relied on as far as one header can be.
 */
bool unstored_left(struct unstored *unstored, uint32_t slot, struct unstored_block *ret_block);
/* The slot is the caller's, as if taken and held. */
void unstored_adopt(struct unstored *unstored, uint32_t slot);
/* 0 when the header is of a held slot, 1 when of a free one, or -CSM_UNSTORED_DAMAGED. */
int unstored_decode(const struct unstored_header *header, struct unstored_block *ret_block);

#endif
