/*
 * A file space is everything of one release; a level is a record (name, parent, state,
 * lock), a space of the tree room to write in, and the version it is based on.
 *
 * Rules: docs/architecture.md names the behaviours; the numbers at the functions are
 * theirs. Every operation that changes a record writes one line to the control log
 * with the caller's uid, also when refused, and is on disk when it returns.
 *
 * Lock order: file space table -> level -> (tree room). Pointers to levels are counted:
 * filespace_level*() give a reference, level_put() returns it.
 */
#ifndef STORE_LEVEL_LEVEL_H
#define STORE_LEVEL_LEVEL_H

#include <pthread.h>

#include "store/oplog/oplog.h"
#include "store/tree/tree.h"

#define LEVEL_NAME_MAX	64
#define DESCRIPTION_MAX 1024
#define ESM_MAX		64
#define FILES_SPACE_ID	1  /* the file space's own files: packages, system logs */
#define LEVEL_ID_FIRST	16 /* ids are never reused; BASE has the first of its release */

struct filespace;
struct level;

enum level_state { STATE_TEST = 1, STATE_STABLE = 2 };

struct level_info {
	uint32_t id;
	char name[LEVEL_NAME_MAX + 1];
	char basedon[LEVEL_NAME_MAX + 1]; /* "" for BASE */
	char description[DESCRIPTION_MAX + 1];
	char esm[ESM_MAX + 1]; /* "NONESM" by default */
	enum level_state state;
	bool locked;
	bool is_base;
	bool sealed_once; /* BASE: it was locked, so it never changes again */
	uint32_t epoch;	  /* rises when basedon changes: generation of its inodes */
	struct timespec created;
	uint32_t created_by;
};

/* A name for a level or system: 1 to 64 of A-Z a-z 0-9 _ . -, not starting with . or -; else -CSM_NAME_BAD. */
int name_check(const char *name);
/* A setting of levels and systems that must be equal: 1 to 64 characters of a name; else -CSM_VALUE_BAD. */
int esm_check(const char *value);
/* Three digits, else -CSM_RELEASE_BAD. */
int release_check(const char *release);

/* ---- the file space ---- */

/* Puts a new release with an empty BASE into the store: -CSM_RELEASE_EXISTS, -CSM_RELEASE_BAD (behaviours 1, 3). */
int filespace_create(struct trees *trees, const char *release);
/* Releases in the store, each text with its NUL, one after the other, in order. */
int filespace_releases(struct kv *kv, struct buffer *ret_names);
/* -CSM_RELEASE_UNKNOWN. Loads the table of levels; spaces open when first used. */
int filespace_open(struct trees *trees, const char *release, struct filespace **ret_filespace);
void filespace_close(struct filespace *filespace);
const char *filespace_release(const struct filespace *filespace);
struct trees *filespace_trees(struct filespace *filespace);
struct oplog *filespace_oplog(struct filespace *filespace);
/* The space of the file space's own files (packages, system logs). Owned by the file space. */
struct space *filespace_files(struct filespace *filespace);

/* The exact name, as in the tree: 0 or -ENOENT. The caller puts the level back. */
int filespace_level(struct filespace *filespace, const char *name, struct level **ret_level);
int filespace_level_by_id(struct filespace *filespace, uint32_t id, struct level **ret_level);
/* Without regard to case. */
int filespace_level_folded(struct filespace *filespace, const char *name, struct level **ret_level);
/* Calls each for every level in order of creation, until non-zero; each may not add or delete levels. */
int filespace_each_level(struct filespace *filespace,
			 int (*each)(void *context, struct level *level), void *context);
/* space_purge() of every level that is open; a failure leaves files without a name behind. */
int filespace_purge(struct filespace *filespace);
/* One step of upkeep: flush what is older than a few seconds, sync, reap. Called by one thread, once a second. */
void filespace_tend(struct filespace *filespace);
/* Flushes every open file and syncs. */
int filespace_sync(struct filespace *filespace);
/*
 * Held by whoever changes a record of the file space, here and in the system room: two
 * changes never meet (63), and a level is not deleted while a link to it is being made.
 * Comes before every other lock. No function below may be called with it held, except
 * those that only read and level_package_current().
 */
pthread_mutex_t *filespace_changes(struct filespace *filespace);
/* The next id of a level, a space or a system; unique in the store, never given twice. */
int filespace_new_id(struct filespace *filespace, uint32_t *ret_id);

void level_put(struct level *level); /* NULL is legal */
static inline void cleanup_level(struct level **level)
{
	level_put(*level);
}

/* ---- reading a level ---- */

uint32_t level_id(const struct level *level);
const char *level_name(const struct level *level);
struct filespace *level_filespace(const struct level *level);
void level_info(struct level *level, struct level_info *ret_info);
/* Valid while the level is held. 0 or a failure to open it. */
int level_space(struct level *level, struct space **ret_space);
/* The content of the level now, and how many of its first versions are the level's own (its DELTA). */
int level_view(struct level *level, struct view **ret_view, uint32_t *ret_own);
/* The same as the record has it, without opening the level: for who looks at very many. */
int level_stored_view(struct level *level, struct view **ret_view, uint32_t *ret_own);
/* What the level is based on: an empty tree for BASE. */
int level_base_view(struct level *level, struct view **ret_view);
int level_digest(struct level *level, struct digest *ret_digest);
/* The same of what a level showed, from a view that nobody writes. */
int level_view_digest(struct view *view, struct digest *ret_digest);
/* True once the level was deleted; what is still held of it answers -CSM_STALE. */
bool level_is_gone(struct level *level);

/* ---- changing a level; uid is the caller's, for the log ---- */

/*
 * Adds a level based on BASE, state TEST, unlocked (14, 15): -CSM_LEVEL_EXISTS, -CSM_NAME_BAD,
 * -CSM_NAME_RESERVED (BASE, SYSTEMS, SVCSTAT, SYSSTAT, DELTA, BUILD, APPLY, PACKAGE in any case).
 * A BASE that is still being written is sealed first, so that later changes do not show (17).
 */
int level_add(struct filespace *filespace, const char *name, uint32_t uid,
	      struct level **ret_level);
/*
 * While the level has no content of its own (its DELTA and APPLY show nothing), no child
 * and no lock: 14, 16, 17. parent is found without regard to case. The parent's content is
 * taken as it is now; the same parent again takes it anew.
 * -CSM_LEVEL_UNKNOWN, -CSM_LEVEL_BASED_ON_ITSELF, -CSM_LEVEL_LOCKED, -CSM_STABLE_LOCKED, -CSM_LEVEL_HAS_CONTENT,
 * -CSM_LEVEL_HAS_CHILDREN, -CSM_BASE_PERMANENT.
 */
int level_set_basedon(struct level *level, const char *parent, uint32_t uid);
int level_set_description(struct level *level, const char *text, uint32_t uid);
int level_set_esm(struct level *level, const char *value, uint32_t uid);
/* 30 to 34: same value is success; off on STABLE and on BASE is refused. */
int level_set_lock(struct level *level, bool on, uint32_t uid);
/* Needs a current package; locks in the same step (35, 37). Already STABLE is success. */
int level_declare_stable(struct level *level, uint32_t uid);
/*
 * 41: -CSM_BASE_PERMANENT, -CSM_LEVEL_LOCKED_DELETE, -CSM_STABLE_KEPT, -CSM_LEVEL_HAS_CHILDREN, -CSM_LEVEL_ON_SYSTEM,
 * -CSM_LEVEL_IN_PACKAGE. in_use: the system room's answer to "does a system have this level"
 * (called under the lock). The files of its packages are removed as well.
 */
int level_delete(struct level *level, uint32_t uid,
		 bool (*in_use)(void *context, uint32_t level_id), void *context);
/* Writes a refusal line for an object of this level ("VM01_BLD/BUILD/CP/x"); path may be NULL. */
void level_log_refusal(struct level *level, uint32_t uid, const char *operation, const char *path,
		       int code);

/* ---- the package record of a level; the package room fills it ---- */

struct package_record {
	uint32_t against;   /* id of the level it was built against, 0: BASE */
	uint64_t directory; /* its directory in filespace_files() */
	version_id content; /* the level's version it was built from */
	struct digest id;   /* SHA-256 of MANIFEST */
	struct timespec built;
	uint32_t built_by;
};
/*
 * Records the level's package against BASE (against 0) or another level; replaces nothing
 * (-CSM_PACKAGE_EXISTS). On a locked level it must be the package the level had last, when it had
 * one: else -CSM_PACKAGE_DIFFERS (30). Its files are on disk before.
 */
int level_record_package(struct level *level, const struct package_record *record, uint32_t uid);
/* 0 or -ENOENT. */
int level_package(struct level *level, uint32_t against, struct package_record *ret_record);
/* Calls each with every package record of the level. */
int level_each_package(struct level *level,
		       int (*each)(void *context, const struct package_record *record),
		       void *context);
/* -ENOENT, -CSM_PACKAGE_STABLE (against BASE). The files are the caller's to remove, after this. */
int level_forget_package(struct level *level, uint32_t against, uint32_t uid);
/*
 * 1: the content has not changed since the package against BASE (against 0) was built;
 * 0: it has; -CSM_PACKAGE_MISSING.
 */
int level_package_current(struct level *level, uint32_t against);
/*
 * The content to package, held still: ret_view is the level's, ret_base the version id that
 * goes into package_record.content. ret_against is the other side's view.
 * -CSM_BASE_PERMANENT, -CSM_BASE_UNLOCKED, -CSM_LEVEL_UNKNOWN, -CSM_PACKAGE_AGAINST (itself).
 */
int level_hold_still(struct level *level, uint32_t against, struct view **ret_view,
		     version_id *ret_content, struct view **ret_against);

/* The service level table as text, ':TAG.value' records (behaviours 8, 9; docs/protocol.md). */
int filespace_svcstat(struct filespace *filespace, struct buffer *ret_text);

#endif
