/*
 * /systems/NAME: the three links, the log directory, and symbolic links on their way to
 * become one of the three. Called by fs/namespace.c for places of NODE_SYSTEM.
 */
#ifndef FS_SYSTEM_DIR_H
#define FS_SYSTEM_DIR_H

#include "fs/listing.h"
#include "fs/place.h"
#include "fs/reply.h"

/*
 * ln -sfn makes a link under a name of its own choice and renames it over "test". Such
 * links are spares: in the handover, a bounded number of them, gone after unmount.
 */
int spares_new(struct handover *handover, struct spares **ret_spares);
void spares_free(struct spares *spares); /* NULL is legal */

/* The system whose log directory this inode is: 0, -ENOENT. */
int system_of_log(struct mount *mount, uint64_t number, uint32_t *ret_system);

int system_dir_stat(struct place *place, struct stat *ret_stat, double *ret_timeout);
int system_dir_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry);
int system_dir_list(struct place *place, struct listing *listing);
int system_dir_readlink(struct place *place, struct buffer *ret_target);
int system_dir_symlink(struct call *call, struct place *place, const char *name, const char *target,
		       struct fuse_entry_param *ret_entry);
int system_dir_unlink(struct call *call, struct place *place, const char *name);
int system_dir_rename(struct call *call, struct place *place, const char *name, const char *new_name,
		      unsigned flags);
/* Takes away what a rename that was carried out may have left of a link under its former name. */
void system_dir_forget(struct place *place, const char *name);

#endif
