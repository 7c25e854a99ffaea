/*
 * What fi->fh means: an open file or directory. The number is not a pointer: one that is not
 * known (the kernel had it from a worker before us) is opened anew from its node. Regular files are
 * also in the handover, and opened anew before anything is answered, because a file that is
 * open and loses its last name must be known to be open.
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
	uint32_t uid; /* who opened it */
	enum handle_kind kind; /* this and the following: immutable */
	struct level *level;   /* held, may be NULL */
	struct file *file;     /* HANDLE_FILE */
	struct buffer text;    /* HANDLE_TEXT */
	uint32_t place;        /* HANDLE_FILE: in the handover */
	pthread_mutex_t lock;  /* HANDLE_DIRECTORY: the listing, taken at the first readdir and again at rewind */
	bool listed;
	size_t counted; /* bytes of the listing as the table knows them */
	struct listing listing;
};

int handles_new(struct mount *mount, struct handles **ret_handles);
/*
 * Closes what is still open. goes_on: the kernel goes on with the next worker, so files are left as they
 * are, for one that has no name any more would go with its close. NULL is legal.
 */
void handles_free(struct handles *handles, bool goes_on);

/* Opens the regular files that a worker before us had open; what is gone is left out. True: all are open. */
bool handles_reopen(struct mount *mount);
/* Closes the files that were opened by requests which come again: they open others. */
void handles_drop(struct mount *mount, const uint64_t *uniques, size_t count);

/* The texts that one user, not root, may hold open at once; always one. */
#define TEXTS_PER_USER ((size_t)32 << 20)
/* What is kept of listings of all open directories; beyond it some are taken anew when they are read on. */
#define LISTINGS_KEPT ((size_t)64 << 20)

/*
 * Opens what the node is for uid: -CSM_STALE, -EISDIR for a directory unless as_directory,
 * -ENOTDIR, -EINVAL; -EMFILE when the user holds too many texts open.
 */
int handle_open(struct place *place, bool as_directory, uint32_t uid, uint64_t *ret_id);
/*
 * The handle with this id; stays valid until handle_close(), which the kernel asks for only
 * when no other request uses the handle. Opens it anew, under this id, when it is not known.
 */
int handle_find(struct mount *mount, uint64_t id, uint64_t node, bool as_directory,
		struct handle **ret_handle);
/*
 * To be called with the handle's lock held, after its listing was taken: counts it, and lets go
 * of listings of other handles while all are more than LISTINGS_KEPT.
 */
void handle_listed(struct mount *mount, struct handle *handle);
/* Unknown ids are ignored. */
void handle_close(struct mount *mount, uint64_t id);

#endif
