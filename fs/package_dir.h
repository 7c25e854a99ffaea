/*
 * PACKAGE directories as the mount shows them: names in the directory of a level for
 * directories in the release's own files, builds that run, and removal file by file.
 */
#ifndef FS_PACKAGE_DIR_H
#define FS_PACKAGE_DIR_H

#include "fs/listing.h"
#include "fs/place.h"
#include "fs/reply.h"

/* With the directories that a worker before us was emptying. */
int package_dirs_new(struct mount *mount, struct package_dirs **ret_dirs);
void package_dirs_free(struct package_dirs *dirs); /* NULL is legal */
/* True when rm -r is under way in one: its files must not be taken for leftovers. */
bool package_dirs_busy(struct package_dirs *dirs);

/* True for PACKAGE and PACKAGE.from.ANYTHING. */
bool package_dir_name(const char *name);
/* The directory of a level with that name: 0, -ENOENT. place is the level's directory. */
int package_dir_find(struct place *place, const char *name, uint64_t *ret_directory);
/* Adds the level's packages. */
int package_dir_list(struct place *place, struct listing *listing);
/* The level whose package directory this inode is: 0, -ENOENT. Looks at every level. */
int package_dir_owner(struct mount *mount, uint64_t directory, uint32_t *ret_level);

/* mkdir: builds the package, returns when it is complete. */
int package_dir_build(struct call *call, struct place *place, const char *name);
/* rmdir: drops the package, or removes what rm -r has emptied. */
int package_dir_remove(struct call *call, struct place *place, const char *name);
/*
 * unlink in a package directory, as rm -r does it. With the first file the level has no such
 * package any more, so half of one is never taken for a package; the directory stays visible
 * until rmdir, or the next mount.
 */
int package_dir_unlink(struct call *call, struct place *place, const char *name);

/* One line for every build that runs: "LEVEL PACKAGE COMPONENT files N bytes N". */
void package_dir_progress(struct mount *mount, struct buffer *ret_text);

#endif
