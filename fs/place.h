/*
 * A place: a node id made into what the store calls it. Opened at the start of a request
 * and released at its end; holds the level meanwhile.
 */
#ifndef FS_PLACE_H
#define FS_PLACE_H

#include "fs/mount.h"
#include "fs/node.h"

struct place {
	struct mount *mount;
	uint64_t id;
	struct node node;
	struct level *level;  /* held; NULL outside of levels */
	struct space *space;  /* where the inode is; NULL when it is none. Valid while the place is open */
	enum window window;   /* how names in it are seen */
	uint64_t generation;  /* of its inodes; 0: not asked for yet */
};

#define PLACE_INIT { 0 }

/* 0, or -CSM_STALE when there is no such thing (any more). */
int place_open(struct mount *mount, uint64_t id, struct place *ret_place);
void place_release(struct place *place);

/* True for inodes of a tree, which the functions of fs/tree.h work on. */
static inline bool place_in_tree(const struct place *place)
{
	return place->space != NULL;
}

/* True for an inode of the release's own files: a package or a log. */
static inline bool place_in_files(const struct place *place)
{
	return place->space && !place->level;
}

/* True for a directory as DELTA shows it. */
static inline bool place_in_delta(const struct place *place)
{
	return place->node.kind == NODE_DELTA;
}

/* What stat(2) says of any place, and how long the kernel may keep it. */
int place_stat(struct place *place, struct stat *ret_stat, double *ret_timeout);
/* The same as an entry; the name is kept for AT_ONCE, the caller knows better. */
int place_entry(struct place *place, struct fuse_entry_param *ret_entry);
/* The node of the directory it is in; of the root, the root. -ENOENT for a file with several names. */
int place_parent(struct place *place, uint64_t *ret_id);
/*
 * The path of name in place (NULL: of place itself) below the mount, as the log has it:
 * "VM01_BLD/BUILD/CP/x". Appends what it can find out.
 */
void place_path(struct place *place, const char *name, struct buffer *ret_path);

#endif
