/*
 * Virtual files: text made when somebody looks at a file (fs/text.h). One row of the table is one file;
 * docs/protocol.md describes them.
 *
 * One that says different things to different users is a file of its own for each of them, for the kernel
 * keeps what was read for whoever reads the same file next.
 */
#ifndef FS_VIRTUAL_H
#define FS_VIRTUAL_H

#include "fs/mount.h"
#include "fs/node.h"

struct virtual
{
	uint64_t number;    /* its node is FIXED_VIRTUAL and this; never used again for another */
	uint64_t directory; /* FIXED_ROOT or FIXED_CONTROL */
	const char *name;
	mode_t mode; /* when it is no control file */
	bool own;    /* each user has one */
	int (*render)(struct mount * mount, uint32_t uid, struct buffer * ret_text);
};

const struct virtual *virtual_table(size_t *ret_count);
/* NULL: there is no such file. */
const struct virtual *virtual_named(uint64_t directory, const char *name);
const struct virtual *virtual_of(const struct node *node);
/* The file as uid has it. */
uint64_t virtual_node(const struct virtual *file, uint32_t uid);

/*
 * Makes the text, keeps it, and gives mode, size and times; inode number and owner are left alone. 0,
 * -CSM_STALE when there is no such file, or why it cannot be made.
 */
int virtual_stat(struct mount *mount, const struct node *node, struct stat *ret_stat);

#endif
