/*
 * What fi->fh means: an open directory. The number is not a pointer: one that is not known (the kernel
 * had it from a worker before us) is opened anew from its node.
 */
#ifndef FS_HANDLE_H
#define FS_HANDLE_H

#include "fs/listing.h"
#include "fs/place.h"

struct handle {
	struct handle *next; /* the table's */
	uint64_t id;
	struct level *level;  /* held, may be NULL; immutable */
	pthread_mutex_t lock; /* the listing, taken at the first readdir and again at rewind */
	bool listed;
	size_t counted; /* bytes of the listing as the table knows them */
	struct listing listing;
};

int handles_new(struct handles **ret_handles);
/* Closes what is still open. NULL is legal. */
void handles_free(struct handles *handles);

/* What is kept of listings of all open directories; beyond it some are taken anew when they are read on. */
#define LISTINGS_KEPT ((size_t)64 << 20)

/* Opens the directory: -CSM_STALE, -ENOTDIR. */
int handle_open(struct place *place, uint64_t *ret_id);
/*
 * The handle with this id; stays valid until handle_close(), which the kernel asks for only
 * when no other request uses the handle. Opens it anew, under this id, when it is not known.
 */
int handle_find(struct mount *mount, uint64_t id, uint64_t node, struct handle **ret_handle);
/*
 * To be called with the handle's lock held, after its listing was taken: counts it, and lets go
 * of listings of other handles while all are more than LISTINGS_KEPT.
 */
void handle_listed(struct mount *mount, struct handle *handle);
/* Unknown ids are ignored. */
void handle_close(struct mount *mount, uint64_t id);

#endif
