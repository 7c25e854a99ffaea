/*
 * The superblock: the one file that makes a directory a store (docs/format.md "Superblock").
 *
 *   csmfs store
 *   format 1
 *   uuid 6f1c0a52-...
 *   created 2026-11-24T22:05:07Z
 */
#ifndef STORE_SUPERBLOCK_H
#define STORE_SUPERBLOCK_H

#include "store/base/buffer.h"

#define SUPERBLOCK_NAME "csmfs.store"
#define UUID_TEXT_SIZE  37

struct superblock {
	uint32_t format;
	char uuid[UUID_TEXT_SIZE];
	char created[21];
};

/* A superblock with a new uuid and the time of now. */
int superblock_new(struct superblock *ret_superblock);
void superblock_encode(const struct superblock *superblock, struct buffer *ret_text);
/* Strict: 0, -CSM_STORE_NEWER (only format is set), -CSM_STORE_DAMAGED. */
int superblock_decode(struct slice text, struct superblock *ret_superblock);

/* -CSM_STORE_MISSING when there is no such file in directory; as decode. */
int superblock_read(const char *directory, struct superblock *ret_superblock);
/* On disk when it returns; a crash leaves none or all of it. */
int superblock_write(const char *directory, const struct superblock *superblock);

#endif
