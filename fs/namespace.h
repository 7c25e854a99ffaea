/*
 * What the mount shows outside of the trees: the root, /systems, /.csmfs, the directory of a
 * level and its control files. A place here is one that is not in a tree. The same requests
 * as in fs/tree.h; refusals are logged by whoever refuses: by the store for its operations,
 * here for what the layout does not have (-CSM_FIXED_ENTRY).
 */
#ifndef FS_NAMESPACE_H
#define FS_NAMESPACE_H

#include "fs/listing.h"
#include "fs/place.h"
#include "fs/reply.h"

int namespace_stat(struct place *place, struct stat *ret_stat, double *ret_timeout);
int namespace_parent(struct place *place, uint64_t *ret_id);
/* ret_entry's timeouts are set; ret_timeout is how long the kernel may remember that there is none. */
int namespace_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry,
		     double *ret_timeout);
/* Makes an entry that was looked up that of uid, where each user has another (fs/virtual.h). */
int namespace_for_user(struct mount *mount, uint32_t uid, struct fuse_entry_param *entry);
int namespace_list(struct place *place, struct listing *listing);
int namespace_readlink(struct place *place, struct buffer *ret_target);
int namespace_mkdir(struct call *call, struct place *place, const char *name,
		    struct fuse_entry_param *ret_entry);
int namespace_rmdir(struct call *call, struct place *place, const char *name);
int namespace_symlink(struct call *call, struct place *place, const char *name, const char *target,
		      struct fuse_entry_param *ret_entry);
int namespace_unlink(struct call *call, struct place *place, const char *name);
int namespace_rename(struct call *call, struct place *from, const char *name, struct place *to,
		     const char *new_name, unsigned flags);

#endif
