/*
 * What the files of the check share: one run of it over the rows.
 */
#ifndef STORE_TREE_VERIFY_INTERNAL_H
#define STORE_TREE_VERIFY_INTERNAL_H

#include "store/tree/tree_internal.h"

struct verify {
	struct trees *trees;
	const struct verify_options *options;
	problem_found found;
	void *context;
	uint64_t problems, repaired;
	struct kv_batch repairs;
	version_id version; /* of the row at hand */
	bool exists, dropped;
	struct view *view; /* of that version, when it exists */
	struct map_row *map;
	struct digest chunk; /* the last that was looked at, zero: none; and how it was */
	int chunk_code;
	unsigned forks;		      /* whose inodes were searched for */
	uint64_t rows, chunks, bytes; /* read since the last pace */
};

/* Tells a problem of the row at hand. */
void verify_tell(struct verify *verify, const char *what, uint64_t number, int code);
/* The same with the chunk and its place in the file. */
void verify_tell_chunk(struct verify *verify, const char *what, uint64_t number, int code,
		       const struct digest *chunk, uint64_t block);
/* The same of a problem that goes away with what the caller, if this is true, puts into repairs. */
bool verify_repair(struct verify *verify, const char *what, uint64_t number, int code);
/* 1 there, 0 not there, or a failure. */
int verify_key_exists(struct verify *verify, const struct row_key *key);

/* Checks of one row each: 0 whatever was found, or the failure that ends the run. */
int verify_row(struct verify *verify, struct slice key, struct slice value);
int verify_reference(struct verify *verify, struct slice key, struct slice value);
int verify_other(struct verify *verify, struct slice key, struct slice value);
/* Notes chunks that nothing refers to as garbage. */
int verify_note_unused(struct verify *verify);
/* Commits the repairs when there are so many. */
int verify_flush(struct verify *verify, size_t at_least);

#define VERIFY_REPAIRS_A_COMMIT 1000

#endif
