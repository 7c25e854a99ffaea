/*
 * What fi->fh means: an open file or directory. The number is not a pointer: one that is not
 * known (the kernel had it from a daemon before us) is opened anew from its node, so nothing
 * is lost with the daemon but files that had no name any more.
 */
#ifndef FS_HANDLE_H
#define FS_HANDLE_H

#include "fs/listing.h"
#include "fs/place.h"

enum handle_kind {
	HANDLE_FILE = 1,  /* a regular file of a tree */
	HANDLE_TEXT = 2,  /* a virtual or control file: its text when it was opened */
	HANDLE_DIRECTORY = 3,
};

struct handle {
	struct handle *next; /* the table's */
	uint64_t id;
	enum handle_kind kind; /* this and the following: immutable */
	struct level *level;   /* held, may be NULL */
	struct file *file;     /* HANDLE_FILE */
	struct buffer text;    /* HANDLE_TEXT */
	pthread_mutex_t lock;  /* HANDLE_DIRECTORY: the listing, taken at the first readdir and again at rewind */
	bool listed;
	struct listing listing;
};

int handles_new(struct handles **ret_handles);
/* Closes what is still open. NULL is legal. */
void handles_free(struct handles *handles);

/* Opens what the node is: -CSM_STALE, -EISDIR for a directory unless as_directory, -ENOTDIR, -EINVAL. */
int handle_open(struct place *place, bool as_directory, uint64_t *ret_id);
/*
 * The handle with this id; stays valid until handle_close(), which the kernel asks for only
 * when no other request uses the handle. Opens it anew, under this id, when it is not known.
 */
int handle_find(struct mount *mount, uint64_t id, uint64_t node, bool as_directory,
		struct handle **ret_handle);
/* Unknown ids are ignored. */
void handle_close(struct mount *mount, uint64_t id);

#endif
