/*
 * Virtual files: text made when a file is opened, so that a reader sees one moment. One row of
 * the table is one file; docs/protocol.md describes them.
 */
#ifndef FS_VIRTUAL_H
#define FS_VIRTUAL_H

#include "fs/mount.h"

struct virtual {
	uint64_t number;    /* its node is FIXED_VIRTUAL and this; never used again for another */
	uint64_t directory; /* FIXED_ROOT or FIXED_CONTROL */
	const char *name;
	int (*render)(struct mount *mount, uint32_t uid, struct buffer *ret_text);
};

const struct virtual *virtual_table(size_t *ret_count);
/* NULL: there is no such file. */
const struct virtual *virtual_named(uint64_t directory, const char *name);
const struct virtual *virtual_numbered(uint64_t number);

/* The text now, as uid may read it: 0, -CSM_STALE when there is no such file, or why it cannot be made. */
int virtual_text(struct mount *mount, uint64_t number, uint32_t uid, struct buffer *ret_text);
/* Mode, size and times; inode number and owner are left alone. */
int virtual_stat(struct mount *mount, uint64_t number, struct stat *ret_stat);

#endif
