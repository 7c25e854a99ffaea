/*
 * The directory of a level and the control files in it. Called by fs/namespace.c for places
 * of NODE_LEVEL.
 */
#ifndef FS_LEVEL_DIR_H
#define FS_LEVEL_DIR_H

#include "fs/listing.h"
#include "fs/place.h"
#include "fs/reply.h"

int level_dir_stat(struct place *place, struct stat *ret_stat, double *ret_timeout);
int level_dir_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry);
int level_dir_list(struct place *place, struct listing *listing);
int level_dir_mkdir(struct call *call, struct place *place, const char *name,
		    struct fuse_entry_param *ret_entry);
int level_dir_rmdir(struct call *call, struct place *place, const char *name);

/* Adds to the call's notes every name at the top of BUILD and APPLY: the level got another parent. */
void level_dir_note_content(struct call *call, struct place *place);

#endif
