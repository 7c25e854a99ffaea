/*
 * What the files of the tree room share: the structs behind tree.h, nearest-row
 * reading, and the edit.
 */
#ifndef STORE_TREE_TREE_INTERNAL_H
#define STORE_TREE_TREE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/request/request.h"
#include "store/tree/filter.h"
#include "store/tree/row.h"
#include "store/tree/tree.h"
#include "store/tree/unstored.h"

struct trees {
	struct kv *kv;		   /* immutable */
	struct chunks *chunks;	   /* immutable */
	struct filters *filters;   /* immutable */
	struct unstored *unstored; /* immutable; the memory of all write buffers */
	/* set before there is anybody else in the room; NULL: nobody but this room opens files */
	files_in_use in_use;
	void *in_use_context;
	struct trees *live; /* immutable; NULL, or this is a moment of that one, with its filters */
	pthread_mutex_t lock;		  /* numbers and versions below */
	uint64_t number_next, number_end; /* numbers handed out until the record must move */
	version_id version_next, version_end;
	atomic_uint_fast64_t commits, rows_read, open_files, dirty_bytes, garbage;
};

/* A new inode or fork number, never given before, also not before a crash. */
int trees_new_number(struct trees *trees, uint64_t *ret_number);

/* ---- views (trees.c) and nearest rows (view.c) ---- */

/* A view with room for count ids, to be filled; NULL without memory. */
struct view *view_alloc(struct trees *trees, uint32_t count);
/*
 * False: the version at that place of the view has no row of that kind and number. The first
 * version may still change, so the answer for it is always true.
 */
bool view_may_have(struct view *view, uint32_t place, enum row_kind kind, uint64_t number);
/* The same for one row; key is built for any version. */
bool view_may_have_row(struct view *view, uint32_t place, const struct row_key *key);

/*
 * The value of the nearest row among the first own versions of the view (0: all of them).
 * key is built for any version; its version bytes are replaced. 0 with the raw value, which
 * may say "gone"; -ENOENT when no version has the row.
 */
int view_nearest(struct view *view, uint32_t own, const struct row_key *key,
		 struct buffer *ret_value, version_id *ret_version);

/* ---- spaces (space.c) ---- */

#define FILE_BUCKETS 64

struct space {
	struct trees *trees; /* immutable */
	uint32_t id;	     /* immutable */
	pthread_rwlock_t
		lock; /* view, frozen; held for writing by every edit, for reading by every read */
	struct view *view;
	int frozen;		    /* 0 or the code edits are refused with */
	atomic_bool has_orphans;    /* false: there is none */
	pthread_mutex_t files_lock; /* the table of open files; innermost */
	struct file *files[FILE_BUCKETS];
	/* directories known to be marked changed in the top version, so that edits need not ask; under lock */
	atomic_uint_fast64_t marked[256];
};

/* Forgets which directories are known to be marked: after a failed commit, a seal, a digest. */
void space_forget_marks(struct space *space);

/* What follows the number in the key of a link row. */
int link_parse(struct slice rest, uint64_t *ret_dir, char ret_name[NAME_LENGTH_MAX + 1]);

/* ---- edits (edit.c) ---- */

/* An inode inside an edit: changed in place, written at commit. */
struct staged_inode {
	struct inode inode;
	version_id from; /* where the row was read, VERSION_NONE: a new inode */
	struct digest
		own_chunk; /* the chunk that the top version's row refers to so far, zero: none */
	bool gone;	   /* ends as "gone", or as no row */
};

#define EDIT_INODES_MAX 8

struct edit {
	struct space *space;
	struct view *view; /* the space's, while the edit holds its lock */
	version_id tip;	   /* where rows are written */
	struct timespec now;
	struct kv_batch batch;
	struct staged_inode *staged[EDIT_INODES_MAX];
	size_t staged_count;
	bool locked;
	bool touched; /* marks were remembered: wrong unless the commit succeeds */
	bool committed;
};

/* Takes the space for writing. Refuses with the frozen code. edit_end() is due in every case. */
int edit_begin(struct edit *edit, struct space *space);
/* The inode, to be read or changed until the end of the edit; -CSM_STALE. */
int edit_inode(struct edit *edit, uint64_t number, struct inode **ret_inode);
/* A new inode with a new number, times set to now, nlink 0. */
int edit_new_inode(struct edit *edit, struct inode **ret_inode);
/*
 * To be called when something of the inode other than times changed: makes its names show in
 * DELTA and the digests of the directories above it be computed again.
 */
int edit_touch(struct edit *edit, struct inode *inode);
/* The same for a directory whose entries changed. */
int edit_touch_directory(struct edit *edit, uint64_t dir);
/* The inode has no name and nobody has it open: its rows and chunks go. */
int edit_remove_inode(struct edit *edit, struct inode *inode);
/* Writes a directory entry, or removes it (number 0): "gone" only where an older version has one. */
int edit_dirent(struct edit *edit, uint64_t dir, const char *name, const struct dirent_row *row);
/*
 * Takes a row of the top version away: "gone" where an older version has it, else no row at
 * all. key is the top version's.
 */
int edit_hide_row(struct edit *edit, const struct row_key *key);
/* The nearest row below the top version: 0 (it may say "gone") or -ENOENT. */
int edit_row_older(struct edit *edit, const struct row_key *key, struct buffer *ret_value);
int edit_commit(struct edit *edit);
/* Gives the space back; without a commit nothing has happened. */
void edit_end(struct edit *edit);
static inline void cleanup_edit(struct edit *edit)
{
	edit_end(edit);
}

/* References of rows to chunks; a taken-away one makes the chunk a candidate for collection. */
void edit_refer(struct edit *edit, const struct digest *digest, uint64_t number, uint32_t block);
void edit_unrefer(struct edit *edit, const struct digest *digest, uint64_t number, uint32_t block);

/* ---- the blocks of a file (block.c) ---- */

/*
 * Sets count blocks from first on in a staged inode, turning chunk content into a map and
 * back as the size asks (at most BLOCK_SIZE bytes: CONTENT_CHUNK or CONTENT_NONE; more:
 * CONTENT_MAP or CONTENT_NONE). inode->size is set before. Keeps inode->blocks, map rows
 * and references right; does not touch (edit_touch is the caller's).
 */
int edit_set_blocks(struct edit *edit, struct inode *inode, uint64_t first,
		    const struct digest *digests, size_t count);
/*
 * Cuts or extends the content to size and sets inode->size: blocks behind the end go, the
 * last one must have been rewritten by the caller (zeros behind the end). In a map row's
 * rhythm, all in this edit.
 */
int edit_set_size(struct edit *edit, struct inode *inode, uint64_t size);
/* All own map rows and references of the inode go (it is being removed). */
int edit_drop_content(struct edit *edit, struct inode *inode);
/* Gives to the same content as from has in view (chunks shared); to is new and empty. */
int edit_share_content(struct edit *edit, struct view *view, const struct inode *from,
		       struct inode *to);

/* ---- open files (file.c), used by space.c and the attribute edits ---- */

/* Overlays size, blocks and times with what the open file, if any, holds unstored. */
void files_overlay(struct space *space, struct inode *inode);
/* Stores what the open file of number, if any, holds; takes file io, then the space. */
int files_flush(struct space *space, uint64_t number);
/* Stores what open files have held for longer than age seconds. */
int files_flush_all(struct space *space, unsigned age);
/* True when an open file holds something unstored; with the space locked for writing it stays so. */
bool files_unstored(struct space *space);
/* True while number is open; for the edit that takes the last name away. */
bool files_is_open(struct space *space, uint64_t number);
/* Stores what the process before left unstored in this space; what fails stays unstored (file_adopt.c). */
int files_adopt(struct space *space);
/* Frees what could not be stored; where the memory outlives us the next process tries again. */
void files_leave(struct space *space);
/* truncate: the whole of it, as one edit with change's other parts. */
int files_set_size(struct space *space, uint64_t number, const struct attr_change *change,
		   struct inode *ret_inode);
/* Applies everything of change but the size to a staged inode, and touches it when needed (attr.c). */
int edit_apply(struct edit *edit, struct inode *inode, const struct attr_change *change);
/* ---- files without a name (orphan.c) ---- */

/* True when a file that loses its last name now may be open: it becomes an orphan. */
bool orphan_may_be_open(struct space *space, uint64_t number);
/* Makes it one, in the edit that takes the name away. */
void orphan_put(struct edit *edit, uint64_t number);
/* Removes one that nobody has open, with its content and its record; in a frozen space it stays for later. */
int orphan_remove(struct space *space, uint64_t number);

#endif
