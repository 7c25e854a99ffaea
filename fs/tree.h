/*
 * Inodes of trees: levels in either window, and the release's own files. One function a
 * request; which room of the store does the work is decided here. All take a place that is
 * in a tree, and return 0 or a negative code that is not logged yet.
 *
 * A change through DELTA leaves notes in the call for what it changed in BUILD.
 */
#ifndef FS_TREE_H
#define FS_TREE_H

#include "fs/place.h"
#include "fs/reply.h"

/* The inode of the place, as its window shows it. */
int tree_inode(struct place *place, struct inode *ret_inode);
/* The kernel's view of an inode found in place; whiteout as in struct window_entry. */
void tree_entry(struct place *place, const struct window_entry *found, struct fuse_entry_param *ret_entry);
/* The node id of an entry of place. */
uint64_t tree_node(struct place *place, uint64_t number, uint32_t type, bool whiteout);
/* How long the kernel may keep names of the directory. */
double tree_name_timeout(const struct place *place);

int tree_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry);
int tree_list(struct place *place, window_list_each each, void *context);

/* What a new entry is; the owner is the caller, umask and default ACL are applied. */
struct tree_new {
	mode_t mode;
	dev_t rdev;
	const char *target; /* S_IFLNK */
};
int tree_create(struct call *call, struct place *place, const char *name, const struct tree_new *new_entry,
		struct fuse_entry_param *ret_entry);
int tree_link(struct call *call, struct place *from, struct place *place, const char *name,
	      struct fuse_entry_param *ret_entry);
int tree_unlink(struct call *call, struct place *place, const char *name);
int tree_rmdir(struct call *call, struct place *place, const char *name);
int tree_rename(struct call *call, struct place *from, const char *name, struct place *to,
		const char *new_name, unsigned flags);

/* 0, or why the place cannot be changed now: a package, a locked level. */
int tree_writable(struct place *place);

#endif
