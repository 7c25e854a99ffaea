/*
 * What the files of the system room share.
 *
 * A record is changed as in the level room: under filespace_changes(), copy it, change the
 * copy, commit it, adopt it under lock, sync. Readers take lock alone. Lock order:
 * filespace_changes() -> lock -> level.
 */
#ifndef STORE_SYSTEM_SYSTEM_INTERNAL_H
#define STORE_SYSTEM_SYSTEM_INTERNAL_H

#include <pthread.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/request/request.h"
#include "store/system/system_format.h"

struct systems {
	struct filespace *filespace; /* immutable, not owned */
	pthread_rwlock_t lock;       /* the table below; written under changes as well */
	struct system_record **list; /* owned, in order of ids */
	size_t count, capacity;
};

/* The record with that id, or NULL. Under changes or lock. */
struct system_record *system_record_of(struct systems *systems, uint32_t id);
/* Commits next as changed now by uid, adopts it. Under changes. */
int system_store(struct systems *systems, struct system_record *next, uint32_t uid);
/* As level_log(). */
int system_log(struct systems *systems, uint32_t uid, const char *operation, const char *object,
	       int code, const char *detail);
/* The place of an attribute, or -CSM_ATTRIBUTE_UNKNOWN (attribute.c). */
int system_attribute_index(const char *attribute);
/* The ESM setting in force: NONESM when none was set. */
const char *system_esm(const struct system_record *record);

#endif
