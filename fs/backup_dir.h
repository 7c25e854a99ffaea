/*
 * /.csmfs/backups: a directory for each backup of the store, empty to look at, whose time is when
 * it was made. mkdir makes one and returns when it is on disk, rmdir drops it. Called by
 * fs/namespace.c for places for which backup_dir_has() is true.
 */
#ifndef FS_BACKUP_DIR_H
#define FS_BACKUP_DIR_H

#include "fs/listing.h"
#include "fs/place.h"
#include "fs/reply.h"

bool backup_dir_has(const struct node *node);

int backup_dir_stat(struct place *place, struct stat *ret_stat, double *ret_timeout);
uint64_t backup_dir_parent(const struct node *node);
int backup_dir_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry);
int backup_dir_list(struct place *place, struct listing *listing);
/* Appends the path of place below the mount. */
void backup_dir_path(struct place *place, struct buffer *ret_path);
int backup_dir_mkdir(struct call *call, struct place *place, const char *name,
		     struct fuse_entry_param *ret_entry);
int backup_dir_rmdir(struct call *call, struct place *place, const char *name);

#endif
