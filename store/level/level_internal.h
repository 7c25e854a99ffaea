/*
 * What the files of the level room share: the two structs behind level.h and the few
 * steps every change of a record is made of.
 *
 * A record is changed in this order: under filespace->changes, copy it, change the copy,
 * commit it, adopt it (under level->lock), sync. What is in memory therefore never runs
 * ahead of what is committed.
 */
#ifndef STORE_LEVEL_LEVEL_INTERNAL_H
#define STORE_LEVEL_LEVEL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/level.h"
#include "store/level/level_format.h"
#include "store/request/request.h"

struct filespace {
	struct trees *trees; /* immutable, not owned */
	struct oplog *oplog; /* immutable, owned */
	char release[RELEASE_LENGTH + 1]; /* immutable */
	struct release_record record;     /* immutable */
	struct space *files; /* immutable, owned */
	struct level *base;  /* immutable, in the table */
	pthread_mutex_t changes; /* a change of any record */
	pthread_rwlock_t table_lock; /* the table below */
	/* each level once, in that order; with a reference of the table */
	struct level **by_id, **by_name;
	size_t count, capacity;
	uint64_t synced_commits;   /* tend: commits when it last synced */
	struct timespec synced_at; /* tend */
	int tend_code;             /* tend: what it failed with last, so that it is logged once */
};

struct level {
	struct filespace *filespace; /* immutable */
	atomic_uint refs;
	unsigned children;    /* levels based on it; under changes */
	pthread_mutex_t lock; /* everything below */
	/* written under changes and lock, read under either; id and name immutable */
	struct level_record record;
	struct level *parent;       /* NULL for BASE; a reference; as record */
	struct space *space;        /* NULL until first used */
	struct view *base_view;     /* what it is based on; NULL until first used */
	bool gone;
};

static inline struct kv *filespace_kv(struct filespace *filespace)
{
	return trees_kv(filespace->trees);
}

bool name_is_reserved(const char *name);

/* Ids are taken before the batch that uses them and are lost when that fails. */
int take_id(struct kv *kv, uint32_t *ret_id);

/* ---- the table (table.c) ---- */

/* Makes room for one more level, so that table_insert() cannot fail. */
int table_reserve(struct filespace *filespace);
/* Takes over the caller's reference. */
void table_insert(struct filespace *filespace, struct level *level);
/* Gives the table's reference to the caller. */
void table_remove(struct filespace *filespace, struct level *level);

/* ---- a level (level.c) ---- */

/* Takes over the record's text. One reference. */
int level_new(struct filespace *filespace, struct level_record *record, struct level **ret_level);
struct level *level_ref(struct level *level);
/* Puts the record under its key into batch. */
void level_put_record(struct filespace *filespace, const struct level_record *record,
		      struct kv_batch *batch);
/*
 * What was committed becomes the level's record. The description is taken over: it is NULL in
 * record then. Under changes and level->lock.
 */
void level_adopt(struct level *level, struct level_record *record);
/*
 * Commits batch with the record in it, adopts the record when that succeeded. Under changes.
 */
int level_store_record(struct level *level, struct level_record *record, struct kv_batch *batch);
/* Seals the level's space, with the record of its new tip. Under changes. */
int level_seal(struct level *level, version_id *ret_held);
/*
 * Puts into batch that the versions in front of base_version are dropped. The space is
 * frozen (lifecycle.c).
 */
int level_drop_own_versions(struct level *level, struct kv_batch *batch);
/* The space if it is open, else NULL. */
struct space *level_open_space(struct level *level);
/* What edits of a space of this record are refused with, 0 when it is writable. */
int level_frozen_code(const struct level_record *record);
/* 1 when some level has a package against level id, 0 when none (package_record.c). */
int packages_against(struct filespace *filespace, uint32_t id);
/*
 * Ends every operation on a level: one line of the control log, and with code 0 what was done and
 * the line are on disk together. Gives code back, or why that failed.
 */
int level_log(struct level *level, uint32_t uid, const char *operation, int code,
	      const char *detail);

#endif
