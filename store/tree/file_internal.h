/*
 * What the files of content share: pages of a map, the write buffers of an open file,
 * and the steps in which large content is cut.
 *
 * Invariants of stored content, kept by everything here:
 *
 *   size <= BLOCK_SIZE     CONTENT_CHUNK, or CONTENT_NONE when every byte is zero
 *   size >  BLOCK_SIZE     CONTENT_MAP, or CONTENT_NONE when every byte is zero
 *   a block of zeros       has no chunk (zero digest), always
 *   any other block        is one chunk of exactly block_length() bytes
 *
 * So equal bytes have equal digests whatever their history.
 */
#ifndef STORE_TREE_FILE_INTERNAL_H
#define STORE_TREE_FILE_INTERNAL_H

#include "store/tree/merge.h"

#define PAGE_BYTES   ((uint64_t)MAP_BLOCKS * BLOCK_SIZE) /* of a file in one map row */
#define PAGE_STEP    32u	 /* pages changed by one edit, so that edits stay bounded */
#define FILE_BUFFERS 16u	 /* a file that holds so many blocks stores them */
#define DIRTY_LIMIT  (64u << 20) /* above it every writer stores what it holds */

/* Blocks in a file of size bytes. */
static inline uint64_t block_count(uint64_t size)
{
	return (size + BLOCK_SIZE - 1) / BLOCK_SIZE;
}

/* Bytes of block in a file of size bytes; 0 behind its end. */
static inline size_t block_length(uint64_t size, uint64_t block)
{
	uint64_t begin = block * BLOCK_SIZE;

	if (begin >= size)
		return 0;
	return size - begin < BLOCK_SIZE ? (size_t)(size - begin) : BLOCK_SIZE;
}

/* ---- stored content (content.c) ---- */

/* Remembers the map row read last, for callers that go from block to block. */
struct page_cache {
	bool loaded;
	uint32_t page;
	struct map_row row;
};
/* As view_block(). */
int content_block(struct view *view, const struct inode *inode, uint64_t block,
		  struct page_cache *cache, struct digest *ret_digest);

/*
 * Goes over the map rows of fork from page first on, in order, the nearest row of each,
 * in the first own versions (0: all); pages without data are left out.
 */
int pages_open(struct view *view, uint32_t own, uint64_t fork, uint32_t first,
	       struct merge **ret_pages);
/* 1 with a page, 0 at the end, or a failure. */
int pages_next(struct merge *pages, uint32_t *ret_page, struct map_row *ret_row);
/* Appends to ret_numbers (as uint32_t) the pages from first to before end. */
int pages_list(struct view *view, uint32_t own, uint64_t fork, uint64_t first, uint64_t end,
	       struct buffer *ret_numbers);

/* ---- chunks of blocks (block.c) ---- */

/* Stores the bytes of a block, inside the gate; a zero digest when all are zero. */
int block_put(struct chunks *chunks, const void *data, size_t size, struct digest *ret_digest);

/* Leaves notes for the collector that these chunks may have no row; it looks before it removes. */
void blocks_abandon(struct trees *trees, const struct digest *digests, size_t count);

/* ---- open files (file.c) ---- */

/* A block that was written: its bytes up to size, zeros behind. */
struct file_buffer {
	uint64_t block;
	uint32_t slot; /* where data is (unstored.h) */
	uint8_t *data;
	size_t size;
	size_t counted; /* of dirty_bytes: the pages that were written to */
};

struct file {
	struct space *space; /* immutable */
	uint64_t number;     /* immutable */
	struct file *next;   /* in its bucket; under files_lock */
	unsigned refs;	     /* under files_lock */
	/* held for reading by reads, for writing by whatever changes content or stores it */
	pthread_rwlock_t io;
	struct file_buffer buffers[FILE_BUFFERS + 2]; /* io */
	size_t buffer_count;			      /* io */
	uint64_t stored_size; /* io; of the inode that the buffers go on top of */
	/* What the stored inode does not have yet; changed with io for writing and files_lock. */
	bool is_unstored;
	uint64_t size;
	uint64_t new_blocks;	 /* buffers where the stored content has a hole */
	struct timespec changed; /* mtime and ctime */
	struct timespec since;	 /* of the first unstored write; monotonic */
	/* left by the process before and not stored so far: stays in the table when nobody has it open */
	bool is_adopted;
};

/* The stored inode and a view to read it by. -CSM_STALE also when it is not what the buffers build on. */
int file_stored(struct file *file, struct view **ret_view, struct inode *ret_inode);
/* Gives back a reference without storing. */
void file_put(struct file *file);
/* The same, but an orphan stays. */
void file_drop(struct file *file);

/* ---- write buffers (file_buffer.c); io is held: for reading by get, else for writing ---- */

struct file_buffer *file_buffer_find(struct file *file, uint64_t block);
/* Reads what the file has now. */
int file_get_bytes(struct file *file, uint64_t offset, void *data, size_t size, size_t *ret_got);
/* Writes into buffers; data NULL writes zeros. Stores when there are too many buffers. */
int file_put_bytes(struct file *file, uint64_t offset, const void *data, size_t size);
/* Makes the buffer at least size bytes long, with zeros. */
void file_buffer_extend(struct file *file, struct file_buffer *buffer, size_t size);
/* The end of what is unstored, with the space's lock after the commit, or of what is lost. */
void file_clear_overlay(struct file *file);
void file_drop_buffers(struct file *file);
/* Stores everything unstored in one edit (file_store.c). -CSM_STALE: the file is gone and the data is dropped. */
int file_store(struct file *file);
/* Drops the buffers and what the overlay shows. */
void file_forget(struct file *file);
/*
 * What is unstored does not outlive the process any more, until it is kept again: for a change
 * after which it must not come back, before that change is committed.
 */
void file_keep_no_longer(struct file *file);
void file_keep_again(struct file *file);
/*
 * Blocks that the process before left of the file, LEFT_MAX at most and each once, become
 * unstored in it, which has nothing unstored. What is behind the end of the file is given up. A
 * failure leaves them as they are; -CSM_STALE: the file is gone.
 */
#define LEFT_MAX (FILE_BUFFERS + 1)
struct left_block {
	uint32_t slot;
	struct unstored_block said;
};
int file_put_left(struct file *file, const struct left_block *blocks, size_t count);

/* ---- changes of stored content (file_range.c); io is held for writing ---- */

/*
 * Makes size the file's size, with change's other parts in the same edit (NULL: none).
 * ret_inode (may be NULL) is the inode after.
 */
int file_resize(struct file *file, uint64_t size, const struct attr_change *change,
		struct inode *ret_inode);
/* Cuts content that is too large for one edit from its end, until one edit can take it to size. */
int file_shrink_in_steps(struct file *file, uint64_t size);

#endif
