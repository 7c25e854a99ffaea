/*
 * DELTA and BUILD: two windows on the one writable layer of a level.
 *
 * BUILD is the level's tree. DELTA shows exactly what the level adds, changes or deletes
 * against the tree it is based on, compared path by path: added and changed files as they
 * are (the same inode), deletions as character device 0,0, and directories on the way.
 * Metadata that differs in times only is not a change. A directory that replaced the
 * base's and kept nothing of it is opaque (trusted.overlay.opaque=y).
 *
 * Writing through DELTA: making an entry makes it in BUILD, over what was inherited;
 * mkdir of an inherited directory makes it show; mknod c 0 0 and the opaque xattr delete;
 * removing a DELTA entry takes the change back, so BUILD shows the base's again; the directory
 * it was in stays in DELTA until its own rmdir.
 *
 * The top of both, and of APPLY, holds components only (-CSM_COMPONENTS_ONLY): a directory
 * whose name passes name_check(). mknod c 0 0 at the top of DELTA deletes a component.
 *
 * dir and number are inode numbers of the level's tree in all functions.
 */
#ifndef STORE_LEVEL_WINDOW_H
#define STORE_LEVEL_WINDOW_H

#include "store/level/level.h"

enum window {
	WINDOW_BUILD = 0, /* and APPLY, which is its own directory in the same tree */
	WINDOW_DELTA = 1,
};

struct window_entry {
	bool whiteout;	    /* DELTA: the base's entry was deleted; inode is the base's */
	struct inode inode; /* the entry's; for a whiteout what was deleted (number, times) */
};

/* -ENOENT, -ENOTDIR, -CSM_STALE. */
int window_lookup(struct level *level, enum window window, uint64_t dir, const char *name,
		  struct window_entry *ret_entry);
/* The directory itself, as the window shows it. */
int window_directory(struct level *level, enum window window, uint64_t dir,
		     struct inode *ret_inode);
/* type is S_IFCHR for a whiteout; number then is the deleted inode's. */
typedef int (*window_list_each)(void *context, const char *name, uint64_t number, uint32_t type,
				bool whiteout);
int window_list(struct level *level, enum window window, uint64_t dir, window_list_each each,
		void *context);

int window_create(struct level *level, enum window window, uint64_t dir, const char *name,
		  const struct new_inode *new_inode, struct window_entry *ret_entry);
int window_link(struct level *level, enum window window, uint64_t number, uint64_t dir,
		const char *name, struct inode *ret_inode);
int window_unlink(struct level *level, enum window window, uint64_t dir, const char *name);
int window_rmdir(struct level *level, enum window window, uint64_t dir, const char *name);
int window_rename(struct level *level, enum window window, uint64_t dir, const char *name,
		  uint64_t new_dir, const char *new_name, unsigned rename_flags);
/* 1 when the DELTA directory is opaque, 0 when not. */
int window_opaque(struct level *level, uint64_t dir);
/* Deletes in BUILD what dir inherited from the base. */
int window_set_opaque(struct level *level, uint64_t dir);

#endif
