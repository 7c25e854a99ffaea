/*
 * The regular files that requests are about. The kernel opens and closes files without asking (the answer
 * to OPEN is ENOSYS), so a request brings a node and nothing else. The struct file of a node is kept for
 * a moment after a request: the next one is most often about the same file.
 *
 * Closing is nobody's request either. What was written is stored when the file was left alone for a second, or
 * when many others came after it; what has no name is removed when the kernel says that nobody has it
 * open (fs/in_use.h).
 */
#ifndef FS_OPENED_H
#define FS_OPENED_H

#include "fs/place.h"

struct opened {
	uint64_t node; /* this and the next two: immutable */
	struct file *file;
	struct level *level;	      /* held; NULL outside of levels */
	unsigned users;		      /* this and the following: the table's */
	bool is_stale;		      /* not to be found any more */
	time_t used;		      /* seconds of CLOCK_MONOTONIC */
	struct opened *next;	      /* in its bucket */
	struct opened *older, *newer; /* among those that nobody uses */
};

struct opened_files;

int opened_new(struct opened_files **ret_files);
/* Closes all; nobody uses one any more. NULL is legal. */
void opened_free(struct opened_files *files);

/* 0 with a file to be given back; -CSM_STALE, -EISDIR, -EINVAL: it is not a regular file of a tree. */
int opened_get(struct mount *mount, uint64_t node, struct opened **ret_opened);
/* code: what the request ended with. After -CSM_STALE the next request looks anew. NULL is legal. */
void opened_put(struct mount *mount, struct opened *opened, int code);
/* Closes the file of the node if no request uses it: nobody has it open. */
void opened_forget(struct mount *mount, uint64_t node);
/* What nobody uses for longer than one second, and perhaps two, is closed. */
#define OPENED_SECONDS 2
/* Closes what nobody has used for so many seconds, counted from the beginning of one. */
void opened_tend(struct mount *mount, unsigned seconds);

#endif
