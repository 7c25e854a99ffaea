/*
 * Managed systems: what /systems/vm01 shows. A system has transport attributes and three
 * links to levels: test, production, previous (behaviours 45 to 61).
 *
 * Moving links is one record write: a crash leaves the old links or the new ones. Every
 * operation logs one line with the caller's uid and is on disk when it returns.
 */
#ifndef STORE_SYSTEM_SYSTEM_H
#define STORE_SYSTEM_SYSTEM_H

#include "store/level/level.h"

#define SYSTEM_VALUE_MAX 256

enum system_link { LINK_TEST = 0, LINK_PRODUCTION = 1, LINK_PREVIOUS = 2, LINK_COUNT = 3 };

struct systems; /* the table of one file space; thread-safe */

struct system_info {
	uint32_t id; /* never reused */
	char name[LEVEL_NAME_MAX + 1];
	uint32_t level[LINK_COUNT]; /* level ids, 0: no such link */
	uint32_t flips[LINK_COUNT]; /* rises with each change of the link: its inode changes too */
	uint64_t log;		    /* its log directory in filespace_files() */
	struct timespec created, changed;
};

int systems_open(struct filespace *filespace, struct systems **ret_systems);
void systems_close(struct systems *systems);

/* 0 or -ENOENT. */
int system_find(struct systems *systems, const char *name, struct system_info *ret_info);
int system_by_id(struct systems *systems, uint32_t id, struct system_info *ret_info);
int systems_each(struct systems *systems,
		 int (*each)(void *context, const struct system_info *info), void *context);
/* For level_delete(). */
bool systems_use_level(void *systems, uint32_t level_id);

/* -CSM_SYSTEM_EXISTS, -CSM_NAME_BAD. Its log directory is made, or found again if the name had one (60). */
int system_add(struct systems *systems, const char *name, uint32_t uid,
	       struct system_info *ret_info);
/* Removes the row, keeps the logs (60). */
int system_delete(struct systems *systems, const char *name, uint32_t uid);

/*
 * Attributes: host, port, commtype, esm, secure, description. 0, -CSM_ATTRIBUTE_UNKNOWN,
 * -CSM_VALUE_BAD. get of one never set: -ENODATA. set NULL removes.
 */
int system_get(struct systems *systems, uint32_t id, const char *attribute,
	       struct buffer *ret_value);
int system_set(struct systems *systems, uint32_t id, const char *attribute, const char *value,
	       uint32_t uid);
/* The attribute names, NULL-terminated. */
const char *const *system_attributes(void);

/*
 * Points a link to a level.
 * test: any level whose ESM setting equals the system's (44).
 * production: only while the system has no link at all and the level is locked: what it
 * already runs when it is added (48); else -CSM_NOT_TESTED_HERE.
 * previous: refused, -CSM_FIXED_ENTRY.
 */
int system_set_link(struct systems *systems, uint32_t id, enum system_link link, uint32_t level_id,
		    uint32_t uid);
/* test and previous may be removed; production: -CSM_PRODUCTION_STAYS. -ENOENT. */
int system_remove_link(struct systems *systems, uint32_t id, enum system_link link, uint32_t uid);
/*
 * test to production: put2prod (54 to 58): -CSM_NOT_STABLE, -CSM_PACKAGE_STALE, -CSM_PACKAGE_MISSING.
 * previous to production: roll back. In both the replaced level becomes previous, and the
 * moved link is gone; the same level over itself only takes the link away (57). Every other
 * pair: -CSM_FIXED_ENTRY.
 */
int system_move_link(struct systems *systems, uint32_t id, enum system_link from,
		     enum system_link to, uint32_t uid);

/* The system table as text, ':TAG.value' records (8, 10; docs/protocol.md). */
int systems_sysstat(struct systems *systems, struct buffer *ret_text);

#endif
