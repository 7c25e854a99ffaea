/*
 * A store in memory with one space, for tests of file content, and a plain byte array
 * that says what a file must hold.
 */
#ifndef TESTS_SUPPORT_CONTENT_H
#define TESTS_SUPPORT_CONTENT_H

#include "store/tree/file_internal.h"

struct content_store {
	struct engine engine;
	struct chunks *chunks;
	struct trees *trees;
	struct space *space;
};

/* On fresh memory engines; fails the test when it cannot. */
void content_store_open(struct content_store *store);
/* On the caller's engine, as mkfs would; 0 or the failure. */
int content_store_make(struct content_store *store, const struct engine *engine);
/* As after a restart: everything but the engine is closed and opened again. */
void content_store_reopen(struct content_store *store);
void content_store_close(struct content_store *store);

/* A new empty regular file; its number. */
uint64_t content_file(struct content_store *store, const char *name);
/* What is stored of it. */
struct inode content_inode(struct content_store *store, uint64_t number);
/* Bytes that differ from block to block and never are all zero. */
void content_fill(uint8_t *data, size_t size, uint64_t seed);

/*
 * Every chunk a row names has a reference and is there; every reference has a row. Each
 * file has the one right form: kind of content, holes, lengths of chunks, count of blocks.
 * And the room's own part of fsck finds nothing.
 */
void content_check(struct content_store *store);
/* The rows of a kind and number (0: any) that a version has itself. */
size_t content_count_rows(struct content_store *store, version_id version, enum row_kind kind,
			  uint64_t number);
size_t content_count_chunks(struct content_store *store);

/*
 * A file of size bytes that is zero before window, holds bytes[] from there on and has
 * no more than WINDOW_SIZE of them.
 */
#define WINDOW_SIZE (20u << 20)
struct content_model {
	uint64_t window, size;
	uint8_t *bytes;
};
void content_model_init(struct content_model *model, uint64_t window);
void content_model_release(struct content_model *model);
void content_model_write(struct content_model *model, uint64_t offset, const uint8_t *data,
			 size_t size);
void content_model_truncate(struct content_model *model, uint64_t size);
void content_model_zero(struct content_model *model, uint64_t offset, uint64_t length);
/* The file as its readers see it is what the model says. */
void content_model_compare(const struct content_model *model, struct file *file);

/* A pseudo-random number that follows from *state alone. */
uint64_t content_random(uint64_t *state);

/* Write buffers that a next process would find in this memory: docs/format.md "Write buffers". */
size_t content_count_held(int memory);

#endif
