/*
 * The DELTA window, reading: what a level says about a path against what it is based on.
 * Used by window.c and delta_edit.c only.
 */
#ifndef STORE_LEVEL_DELTA_H
#define STORE_LEVEL_DELTA_H

#include "store/level/window.h"
#include "store/request/request.h"

/* One moment of a level and its base. delta_open() ... delta_close(). */
struct delta {
	struct level *level; /* not counted: the caller's */
	struct space *space;
	struct view *view; /* the level */
	struct view *base; /* what it is based on */
	uint32_t own;	   /* first versions of view that are the level's own */
};

int delta_open(struct level *level, struct delta *ret_delta);
void delta_close(struct delta *delta);

/* The directory at the same path in the base, 0 when there is none there. */
int delta_base_directory(struct delta *delta, uint64_t dir, uint64_t *ret_base_dir);
/* What the base has at (dir, name): its inode number, 0 for nothing. base_dir may be 0. */
int delta_base_entry(struct delta *delta, uint64_t base_dir, const char *name,
		     uint64_t *ret_number);
/* What DELTA shows at (dir, name): 0 or -ENOENT. base_dir is dir's. */
int delta_entry(struct delta *delta, uint64_t dir, uint64_t base_dir, const char *name,
		struct window_entry *ret_entry);
/* Every entry that DELTA shows in dir, in byte order. */
int delta_each(struct delta *delta, uint64_t dir, uint64_t base_dir, window_list_each each,
	       void *context);
/* 1 when it shows an entry in dir, 0 when none. */
int delta_shows_something(struct delta *delta, uint64_t dir, uint64_t base_dir);
/* 1 when dir replaced the base's directory and keeps nothing of it, 0 when not. */
int delta_is_opaque(struct delta *delta, uint64_t dir, uint64_t base_dir);
/*
 * 1 when dir is opaque and hides a name that the level does not have. Were one entry of the base
 * to return into it alone, dir would stop being opaque and show whiteouts it did not have before.
 */
int delta_hides(struct delta *delta, uint64_t dir, uint64_t base_dir);

/* ---- writing through DELTA (delta_edit.c); contracts in window.h ---- */

int delta_create(struct level *level, uint64_t dir, const char *name,
		 const struct new_inode *new_inode, struct window_entry *ret_entry);
int delta_link(struct level *level, uint64_t number, uint64_t dir, const char *name,
	       struct inode *ret_inode);
int delta_unlink(struct level *level, uint64_t dir, const char *name);
int delta_rmdir(struct level *level, uint64_t dir, const char *name);
int delta_rename(struct level *level, uint64_t dir, const char *name, uint64_t new_dir,
		 const char *new_name, unsigned rename_flags);
int delta_set_opaque(struct level *level, uint64_t dir);
/*
 * What may be missing behind an operation that was carried out (request_is_done()) when its process
 * died. Each may be done twice.
 */
int delta_finish_create(struct level *level, uint64_t dir, const char *name,
			const struct new_inode *new_inode);
int delta_finish_remove(struct level *level, uint64_t dir, const char *name);
int delta_finish_rename(struct level *level, uint64_t dir, const char *name);

#endif
