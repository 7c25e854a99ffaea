/*
 * Backups: copies of the whole store, all its releases, as it was at one moment, made while it is
 * written (docs/format.md "Backups").
 *
 *   STORE/backups/NAME/csmfs.store, key.pem, db/    a store like any other
 *   STORE/backups/.new/, .old/                      one being made, one being removed
 *
 * The files that never change are links to those of the store, so a backup costs what the store
 * changes afterwards. Whoever wants one that survives the disk copies the directory elsewhere.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include <stdint.h>
#include <time.h>

struct filespace;
struct store;

/*
 * Makes a backup and returns when it is on disk. What was written before the call is in it, also
 * what was still gathered in open files of filespace; of what comes later a part may be, never
 * anything without what came before it. Wholly there or not at all, also after a crash. One line
 * of the log of filespace. -CSM_NAME_BAD, -CSM_BACKUP_EXISTS, -ENOSPC, -EOPNOTSUPP (in memory).
 */
int backup_add(struct store *store, struct filespace *filespace, const char *name, uint32_t uid);
/* Drops one, with a line of the log. -ENOENT, -CSM_BACKUP_BUSY. */
int backup_delete(struct store *store, struct filespace *filespace, const char *name, uint32_t uid);

/* Is there a backup of this name, and when was it made? 0 or -ENOENT. */
int backup_find(struct store *store, const char *name, struct timespec *ret_made);
/* Calls each for every backup until it returns non-zero; returns that, 0 or a failure. */
int backups_each(struct store *store,
		 int (*each)(void *context, const char *name, const struct timespec *made),
		 void *context);
/* Removes what a crash left of one that was being made or dropped. 0 or a failure. */
int backups_clean(struct store *store);

#endif
