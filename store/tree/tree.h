/*
 * Versioned trees: files and directories as rows, one row per fact, each row in one
 * version; versions form a tree, and what is read is the nearest row on the way from
 * a version to its root. A version costs the same to make for one file and for a
 * million (P1), and rows of a version are one key range, so what a version changed
 * is a range scan (P5).
 *
 * struct trees    the room: engines, the table of versions, counters
 * struct view     an immutable chain of versions, newest first: something to read
 * struct space    a place that can be written: one changing version on top of a chain,
 *                 its locks and its open files. A level has one.
 * struct edit     one change of a space that becomes visible and durable as a whole
 *
 * Inode numbers are per file space, never reused, and the same in every version that
 * inherits the file: (space, number) names a file of a level for its life (P3).
 *
 * Lock order: file (io) -> the chunks' gate -> space -> version table -> engines. A caller holds none of
 * them. Functions that take a view lock nothing; those that take a space lock it.
 */
#ifndef STORE_TREE_TREE_H
#define STORE_TREE_TREE_H

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "store/chunk/chunk.h"
#include "store/engine/engine.h"

#define NAME_LENGTH_MAX	  255
#define TARGET_LENGTH_MAX 4095
#define XATTR_SIZE_LIMIT  65536	       /* one value */
#define XATTRS_SIZE_LIMIT (1u << 20)   /* all of one inode */
#define XATTR_NAMES_LIMIT 65536	       /* the names of one inode, each with its NUL */
#define BLOCK_SIZE	  (128u << 10) /* a file is cut into blocks of this size, each one chunk */
#define LINKS_MAX	  65000
#define FILE_SIZE_MAX	  ((uint64_t)1 << 49) /* block numbers have 32 bits in reference rows */

/* Every tree has these directories from its first version on. */
#define INODE_BUILD 1  /* the components */
#define INODE_APPLY 2  /* the inventory */
#define INODE_STAGE 3  /* where copies of directories grow; emptied when a space opens */
#define INODE_FIRST 16 /* numbers below are reserved */

struct trees;
struct space;
struct edit;
struct file;
struct filter;

typedef uint32_t version_id;
#define VERSION_NONE 0

/* ---- the room ---- */

/* kv and chunks are not owned. 0 or a failure. */
int trees_open(struct kv *kv, struct chunks *chunks, struct trees **ret_trees);
/*
 * The same for a process that goes on where another ended. unstored_fd: memory that outlives us
 * (unstored.h), or -1; stays the caller's.
 */
int trees_open_session(struct kv *kv, struct chunks *chunks, int unstored_fd,
		       struct trees **ret_trees);
/*
 * Says of each of these inodes of a space, which have no name, whether somebody has it open; waits as long
 * as that takes. 0, or a failure: then all of them are taken to be open.
 */
typedef int (*files_in_use)(void *context, uint32_t space_id, const uint64_t *numbers, size_t count,
			    bool *ret_in_use);
/*
 * From now on others have files open without a struct file: a file without a name stays until
 * space_purge() was told that nobody has it. NULL: only this room opens files, which is so at first.
 * Called before there is anybody else in the room, or after they have gone.
 */
void trees_ask(struct trees *trees, files_in_use in_use, void *context);
/*
 * Has each space opened in which the process before left something unstored; opening stores it.
 * open returns 0; -ENOENT: there is no such space, and what is unstored for it is dropped; or a
 * failure, which is logged, and what is unstored is kept for a later opening.
 */
void trees_take_over(struct trees *trees, int (*open)(void *context, uint32_t space_id),
		     void *context);
void trees_close(struct trees *trees);
/*
 * The room as it was at a moment of its kv, for reading alone: to be closed before trees, and kv
 * after it. What is open or half done in trees is left as it is.
 */
int trees_at(struct trees *trees, struct kv *moment, struct trees **ret_trees);
struct kv *trees_kv(struct trees *trees);
struct chunks *trees_chunks(struct trees *trees);

struct trees_stats {
	uint64_t commits;     /* edits committed */
	uint64_t rows_read;   /* keys asked for */
	uint64_t open_files;  /* struct file now */
	uint64_t dirty_bytes; /* written, not yet stored */
	uint64_t garbage;     /* chunks collected */
};
void trees_stats(struct trees *trees, struct trees_stats *ret_stats);

/* ---- versions and views ---- */

/*
 * Puts a new version below parent (VERSION_NONE: a root, with INODE_BUILD, INODE_APPLY and
 * INODE_STAGE as empty directories) into batch; it exists once the batch is committed.
 */
int version_create(struct trees *trees, struct kv_batch *batch, version_id parent,
		   version_id *ret_version);

/* The parent, VERSION_NONE for a root. 0, or -CSM_ROW_CORRUPT when there is no such version. */
int version_parent(struct trees *trees, version_id version, version_id *ret_parent);

/* 1 when the version has a row of its own, 0 when it has none. */
int version_has_rows(struct trees *trees, version_id version);

/*
 * Puts into batch that version is dead: nothing reads it any more, it has no children.
 * trees_reap() takes its rows and their chunks away later.
 */
void version_drop(struct trees *trees, struct kv_batch *batch, version_id version);

struct view {
	struct trees *trees;
	unsigned refs;
	uint32_t count;
	const struct filter **filters; /* the room's own: what each version can have rows about */
	version_id ids[];	       /* newest first; the last is a root */
};

/* The chain from tip to its root. The caller unrefs it. */
int view_new(struct trees *trees, version_id tip, struct view **ret_view);
struct view *view_ref(struct view *view);
void view_unref(struct view *view); /* NULL is legal */
static inline void cleanup_view(struct view **view)
{
	view_unref(*view);
}

/* ---- inodes ---- */

enum content_kind {
	CONTENT_NONE = 0,  /* no bytes: empty, all hole, or not a regular file */
	CONTENT_CHUNK = 1, /* at most BLOCK_SIZE bytes, in one chunk */
	CONTENT_MAP = 2,   /* blocks in map rows */
};

struct inode {
	uint64_t number;
	uint32_t mode; /* kind and permissions, as st_mode */
	uint32_t uid, gid;
	uint32_t nlink;
	uint64_t rdev;
	uint64_t size;
	struct timespec atime, mtime, ctime, btime;
	bool has_xattrs;
	enum content_kind content;
	struct digest chunk; /* CONTENT_CHUNK */
	uint64_t fork;	     /* CONTENT_MAP: which map rows are this content's */
	uint64_t blocks;     /* blocks of BLOCK_SIZE that are not holes */
	uint64_t parent;     /* directories, and files with one name: where the name is; else 0 */
	char name[NAME_LENGTH_MAX + 1];
};

void inode_stat(const struct inode *inode, struct stat *ret_stat); /* st_ino is the bare number */

/* 0, or -CSM_STALE when the view has no such inode. */
int view_inode(struct view *view, uint64_t number, struct inode *ret_inode);
/* count inodes at once; ret_codes[i] as view_inode() would return. */
int view_inodes(struct view *view, const uint64_t *numbers, size_t count, struct inode *ret_inodes,
		int *ret_codes);
/* 0, -ENOENT. Does not look whether dir is a directory. */
int view_lookup(struct view *view, uint64_t dir, const char *name, uint64_t *ret_number);

/*
 * Calls each for every name of dir, in byte order of the names, until it returns
 * non-zero; returns that, 0 or a failure. type is the S_IFMT part of the mode.
 */
typedef int (*view_list_each)(void *context, const char *name, uint64_t number, uint32_t type);
int view_list(struct view *view, uint64_t dir, view_list_each each, void *context);

/*
 * The same over the rows of the first own versions only: what they say about dir.
 * number 0 is a deletion. is_explicit: the entry was made through the DELTA window.
 */
typedef int (*view_marks_each)(void *context, const char *name, uint64_t number, uint32_t type,
			       bool is_explicit);
int view_marks(struct view *view, uint32_t own, uint64_t dir, view_marks_each each, void *context);

/* The row of one name in the first own versions: 0 and as above, or -ENOENT when they say nothing. */
int view_mark(struct view *view, uint32_t own, uint64_t dir, const char *name, uint64_t *ret_number,
	      bool *ret_explicit);

/* Symbolic link target; 0, -CSM_STALE when the link is gone, or a failure. ret_target gets the bytes without NUL. */
int view_target(struct view *view, uint64_t number, struct buffer *ret_target);

/* All xattrs of an inode. */
struct xattr {
	const char *name; /* NUL-terminated, inside the set's bytes */
	struct slice value;
};
struct xattrs {
	struct buffer bytes;
	struct xattr *list; /* sorted by name, points into bytes; count entries */
	size_t count;
};
#define XATTRS_INIT                                                                                \
	{                                                                                          \
		BUFFER_INIT, NULL, 0                                                               \
	}
int view_xattrs(struct view *view, const struct inode *inode, struct xattrs *ret_xattrs);
const struct xattr *xattrs_find(const struct xattrs *xattrs, const char *name); /* NULL: absent */
void xattrs_release(struct xattrs *xattrs);

/*
 * Reads from stored content (not what open files hold unstored). ret_got < size only
 * at the end of the file.
 */
int view_read(struct view *view, const struct inode *inode, uint64_t offset, void *data,
	      size_t size, size_t *ret_got);
/* The digest of a block in stored content: zero for a hole. */
int view_block(struct view *view, const struct inode *inode, uint64_t block,
	       struct digest *ret_digest);
/* SEEK_DATA or SEEK_HOLE in stored content: 0 or -ENXIO. Blocks of zeros are holes. */
int view_seek(struct view *view, const struct inode *inode, uint64_t offset, int whence,
	      uint64_t *ret_offset);
/* SHA-256 of the plain bytes. For one-chunk files nothing is read. */
int view_content_sha256(struct view *view, const struct inode *inode, struct digest *ret_digest);
/*
 * 1 when equal in kind, mode, owner, rdev, size, content, target and xattrs (not times, names,
 * numbers); 0 when not. Directories: own attributes only.
 */
int view_same(struct view *a, const struct inode *ia, struct view *b, const struct inode *ib);

/*
 * "COMPONENT/dir/file", from the inodes' parents; of a file with several names the first. For
 * messages. 0 or a failure.
 */
int view_path(struct view *view, uint64_t number, struct buffer *ret_path);

/* ---- spaces ---- */

/*
 * A writable place on top of version tip; id is the caller's number for it (a level's
 * id) and goes into the orphan records. Purges orphans left by a crash.
 */
int space_open(struct trees *trees, uint32_t id, version_id tip, struct space **ret_space);
/*
 * Removes files that have no name and that nobody has open (trees_ask()). Quick when there are none. A
 * frozen space keeps them.
 */
int space_purge(struct space *space);
/* Flushes and frees. No other user, no open file is left. */
void space_close(struct space *space);
uint32_t space_id(const struct space *space);
/* A reference to the current chain. Rows of its first version may still change. */
struct view *space_view(struct space *space);

/*
 * While code is not 0 every edit of the space is refused with it. freeze flushes what
 * open files hold, then refuses; the sync is the caller's.
 */
int space_freeze(struct space *space, int code);
void space_thaw(struct space *space);
/* The code, 0 when writable. */
int space_frozen(struct space *space);

/*
 * Makes what the space holds now a base for others: flushes open files; when its top
 * version has rows, commits a new empty version on top, together with what
 * add_records(context, batch, new_tip) puts into the batch (NULL: nothing).
 * ret_base is the version that holds still from now on.
 */
int space_seal(struct space *space,
	       int (*add_records)(void *context, struct kv_batch *batch, version_id new_tip),
	       void *context, version_id *ret_base);
/* Makes the space stand on another top version. Open files turn stale. */
int space_move(struct space *space, version_id tip);

/*
 * Inode and look-up with what open files hold: sizes and times are current.
 * space_lookup: -ENOENT, -ENOTDIR when dir is none, -CSM_STALE.
 */
int space_inode(struct space *space, uint64_t number, struct inode *ret_inode);
int space_inodes(struct space *space, const uint64_t *numbers, size_t count,
		 struct inode *ret_inodes, int *ret_codes);
int space_lookup(struct space *space, uint64_t dir, const char *name, struct inode *ret_inode);

/* What open files hold is stored; everything committed is on disk. */
int space_sync(struct space *space);
/* Stores what open files have held for longer than age seconds (0: all), so that little stays volatile. */
int space_flush(struct space *space, unsigned age);

/*
 * The canonical digest of an inode (P6, docs/format.md "Digest"): kind, mode, owner, rdev,
 * size, content, xattrs, and for a directory its entries. Flushes first. Kept per
 * directory and version; follows an edit at the cost of the edit.
 */
int space_digest(struct space *space, uint64_t number, struct digest *ret_digest);
/* The same for a view that nobody writes. */
int view_digest(struct view *view, uint64_t number, struct digest *ret_digest);

/* ---- edits: names and attributes. Each call is one whole change. ---- */

struct credentials {
	uint32_t uid, gid;
};

enum edit_flags {
	EDIT_EXPLICIT = 1, /* the entry shows in DELTA even when it equals the base's */
};

/* What a new inode starts with. xattrs: put on it in the same step (default ACLs); may be NULL. */
struct new_inode {
	uint32_t mode; /* kind and permissions */
	uint32_t uid, gid;
	uint64_t rdev;
	const char *target; /* S_IFLNK */
	const struct xattrs *xattrs;
};

/*
 * Names: -EEXIST, -ENOENT, -ENOTDIR, -EISDIR, -ENOTEMPTY, -ENAMETOOLONG, -EMLINK, -EINVAL
 * (a directory into itself), -CSM_STALE, the code the space is frozen with.
 * A directory with S_ISGID hands its gid (and the bit, to directories) to new entries.
 */
int space_create(struct space *space, uint64_t dir, const char *name,
		 const struct new_inode *new_inode, enum edit_flags flags, struct inode *ret_inode);
int space_link(struct space *space, uint64_t number, uint64_t dir, const char *name,
	       enum edit_flags flags, struct inode *ret_inode);
int space_unlink(struct space *space, uint64_t dir, const char *name);
int space_rmdir(struct space *space, uint64_t dir, const char *name);
/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE (stdio.h), or 0. */
int space_rename(struct space *space, uint64_t dir, const char *name, uint64_t new_dir,
		 const char *new_name, unsigned rename_flags, enum edit_flags flags);
/* Removes an entry with everything below it, in several commits, deepest first. */
int space_remove_all(struct space *space, uint64_t dir, const char *name);
/*
 * Puts a copy of what view has at number (with everything below it) at (dir, name) where
 * nothing is: new inodes, shared chunks, several commits, the name last.
 */
int space_copy_from(struct space *space, struct view *view, uint64_t number, uint64_t dir,
		    const char *name, enum edit_flags flags);
/* A name nothing under INODE_STAGE has: for what is made there and renamed into place. */
#define STAGE_NAME_SIZE 20
int space_stage_name(struct space *space, char ret_name[STAGE_NAME_SIZE]);
/* Sets or clears the EXPLICIT mark of an existing entry. */
int space_mark(struct space *space, uint64_t dir, const char *name, enum edit_flags flags);

enum attr_set {
	SET_MODE = 1,
	SET_UID = 2,
	SET_GID = 4,
	SET_SIZE = 8,
	SET_ATIME = 16,
	SET_MTIME = 32,
	SET_CTIME = 64, /* otherwise now */
};
struct attr_change {
	unsigned set;  /* enum attr_set */
	uint32_t mode; /* permissions only */
	uint32_t uid, gid;
	uint64_t size;
	struct timespec atime, mtime, ctime;
	/* replaces all xattrs in the same step when not NULL (chmod with an ACL) */
	const struct xattrs *xattrs;
	bool kill_priv; /* clear setuid, and setgid when group-executable, as chown and truncate do */
};
/* -EINVAL: a size on something that is not a regular file; -EFBIG. */
int space_setattr(struct space *space, uint64_t number, const struct attr_change *change,
		  struct inode *ret_inode);

/* 0, -ENODATA. */
int space_getxattr(struct space *space, uint64_t number, const char *name,
		   struct buffer *ret_value);
/* Names, each with its NUL, one after the other. */
int space_listxattr(struct space *space, uint64_t number, struct buffer *ret_names);
/*
 * flags as setxattr(2): XATTR_CREATE (-EEXIST), XATTR_REPLACE (-ENODATA). value NULL removes
 * (-ENODATA). mode not 0: the permissions change in the same step (an access ACL's). -E2BIG, -ENOSPC.
 */
int space_setxattr(struct space *space, uint64_t number, const char *name,
		   const struct slice *value, int flags, uint32_t mode);

/* ---- open files ---- */

/*
 * An open regular file. One struct file per (space, number) however often it is opened;
 * each open is paired with a close. A file without a name lives until its last close, or longer (trees_ask()).
 * write makes bytes visible to every reader at once; they are stored at flush, and on
 * disk after sync. All return 0 or a negative code.
 */
int file_open(struct space *space, uint64_t number, struct file **ret_file);
void file_close(struct file *file);
int file_read(struct file *file, uint64_t offset, void *data, size_t size, size_t *ret_got);
/* All of size or a failure: -EFBIG, -ENOSPC, the frozen code. kill_priv as in attr_change. */
int file_write(struct file *file, uint64_t offset, const void *data, size_t size, bool kill_priv);
/* Takes setuid, and setgid of what the group may execute, away, as a write by another does. 1: there was one. */
int file_drop_privileges(struct file *file);
int file_flush(struct file *file);
/* flush, then what was flushed is on disk; syncs that meet share one disk write. */
int file_sync(struct file *file);
/* mode as fallocate(2): 0, KEEP_SIZE, PUNCH_HOLE|KEEP_SIZE, ZERO_RANGE (with KEEP_SIZE or not); else -EOPNOTSUPP. */
int file_allocate(struct file *file, int mode, uint64_t offset, uint64_t length);
/* SEEK_DATA or SEEK_HOLE; -ENXIO. */
int file_seek(struct file *file, uint64_t offset, int whence, uint64_t *ret_offset);
/* Whole blocks are shared, not copied. Spaces may differ. -EINVAL: overlapping ranges of one file. */
int file_copy(struct file *from, uint64_t from_offset, struct file *to, uint64_t to_offset,
	      uint64_t length, uint64_t *ret_copied);

/* ---- differences ---- */

enum diff_kind {
	DIFF_ADDED = 1,	  /* only in b */
	DIFF_DELETED = 2, /* only in a; for a directory, once for the whole of it */
	DIFF_CHANGED = 3, /* in both, not the same (see view_same) */
	DIFF_TIMES = 4,	  /* in both, the same but for mtime */
};
struct diff_entry {
	enum diff_kind kind;
	const char *path;      /* below the start, without leading '/' */
	const struct inode *a; /* NULL when added */
	const struct inode *b; /* NULL when deleted */
};
/*
 * Compares directory number in both views, name by name, in byte order of the paths' components,
 * a directory before what is in it, until each returns non-zero; returns that, 0 or a failure.
 * Where the two directories are one inode only rows of versions that they do not share are
 * looked at: the cost is what differs (P5). An added directory is followed by all of its
 * entries as ADDED. A change of kind between directory and other is DELETED, then ADDED.
 * Files that differ in times only are reported where they are met, not searched for.
 */
int view_diff(struct view *a, struct view *b, uint64_t number,
	      int (*each)(void *context, const struct diff_entry *entry), void *context);

/* ---- upkeep ---- */

/*
 * Does one bounded step of what deletions left behind: rows of dropped versions, chunks
 * nothing refers to. 1 when there is more to do, 0 when nothing is left, or a failure.
 * One caller at a time.
 */
int trees_reap(struct trees *trees);

/* 1 when some row refers to the chunk, 0 when none does, or a failure. */
int trees_refer_to(struct trees *trees, const struct digest *digest);

/* Something that is not as the room would have written it. */
struct tree_problem {
	const char *what;
	version_id version;
	uint64_t number;	    /* the inode's; of content no inode has, the fork's */
	int code;		    /* 0, or what reading it ended with */
	const struct digest *chunk; /* the chunk it is about, or NULL */
	uint64_t block;		    /* where in the file the chunk is */
};
/* Checks of the room for fsck and scrub; each problem is one call of found. */
typedef void (*problem_found)(void *context, const struct tree_problem *problem);
struct verify_options {
	bool read_chunks; /* read and hash every chunk */
	bool repair;	  /* rebuild references, drop rows and chunks nothing points to */
	/*
	 * NULL, or called now and then with what was read since: may take its time. Anything but 0
	 * ends the check with it.
	 */
	int (*pace)(void *context, uint64_t chunks, uint64_t bytes);
	void *pace_context;
};
/*
 * Returns 0, or a failure that stopped the check; what cannot be read because it is damaged is a
 * problem and stops nothing. ret_problems and ret_repaired count. Of trees_at(), what was
 * deleted since is no problem.
 */
int trees_verify(struct trees *trees, const struct verify_options *options, problem_found found,
		 void *context, uint64_t *ret_problems, uint64_t *ret_repaired);
/*
 * The same from a position on: empty is the start. After whatever ended it, position is where to
 * go on; it means the same at any later moment of the room.
 */
int trees_verify_from(struct trees *trees, const struct verify_options *options,
		      struct buffer *position, problem_found found, void *context,
		      uint64_t *ret_problems, uint64_t *ret_repaired);

#endif
