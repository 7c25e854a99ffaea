/*
 * The names of a directory at one moment, in the order of the hashes of the names. The
 * hash is also the place of a name for seekdir(3) and NFS cookies: it means the same after
 * names came and went, and after a restart.
 */
#ifndef FS_LISTING_H
#define FS_LISTING_H

#include "store/base/buffer.h"

#define LISTING_DOT 1     /* the places of "." and ".." */
#define LISTING_DOTDOT 2

struct listing_entry {
	uint64_t place; /* what comes after this entry is asked for with it; above LISTING_DOTDOT */
	uint64_t node;
	uint32_t type;  /* S_IFMT part of the mode */
	uint32_t name;  /* where in names; see listing_name() */
};

struct listing {
	struct buffer names;
	struct listing_entry *entries;
	size_t count, capacity;
	bool failed; /* no memory */
};

#define LISTING_INIT { BUFFER_INIT, NULL, 0, 0, false }

void listing_release(struct listing *listing);
void listing_add(struct listing *listing, const char *name, uint64_t node, uint32_t type);
/* To be called once after the last name: 0 or -ENOMEM. */
int listing_sort(struct listing *listing);
/* The first entry behind place; listing->count when there is none. */
size_t listing_find(const struct listing *listing, uint64_t place);
const char *listing_name(const struct listing *listing, const struct listing_entry *entry);

#endif
