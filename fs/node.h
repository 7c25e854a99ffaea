/*
 * Node ids: the 64-bit numbers by which the kernel knows what the mount shows. A node id
 * is not a pointer and not an index: it says what it names, so it needs no memory here and
 * means the same after a restart (P3, P9).
 *
 *   bits 63-61  kind          bits 60-38  owner: id of a level, a system or a space
 *   bits 37-0   number: inode number, or which thing of the owner
 */
#ifndef FS_NODE_H
#define FS_NODE_H

#include <stdbool.h>
#include <stdint.h>

#define NODE_NUMBER_BITS 38
#define NODE_OWNER_BITS 23
#define NODE_NUMBER_MAX (((uint64_t)1 << NODE_NUMBER_BITS) - 1)
#define NODE_OWNER_MAX (((uint32_t)1 << NODE_OWNER_BITS) - 1)

enum node_kind {
	NODE_FIXED = 0,    /* owner 0; number: enum fixed_node, FIXED_VIRTUAL and a virtual file, or FIXED_BACKUP */
	NODE_TREE = 1,     /* owner: level, or FILES_SPACE_ID; number: inode. All of BUILD and APPLY, files of DELTA */
	NODE_DELTA = 2,    /* owner: level; number: inode of a directory, as DELTA shows it */
	NODE_WHITEOUT = 3, /* owner: level; number: the base's inode that was deleted */
	NODE_LEVEL = 4,    /* owner: level; number: enum level_node, or LEVEL_VALUE and a control */
	NODE_SYSTEM = 5,   /* owner: system; number: see node_link() */
};

enum fixed_node {
	FIXED_ROOT = 1, /* what FUSE calls the root */
	FIXED_SYSTEMS = 2,
	FIXED_CONTROL = 3,
	FIXED_BACKUPS = 4,
	FIXED_VIRTUAL = 16,
};

/* Fixed numbers with this bit are backups: fs/backup_dir.c. */
#define FIXED_BACKUP ((uint64_t)1 << (NODE_NUMBER_BITS - 1))

enum level_node {
	LEVEL_DIRECTORY = 0,
	LEVEL_CONTROL = 1,
	LEVEL_VALUE = 16,
};

enum system_node {
	SYSTEM_DIRECTORY = 0,
	SYSTEM_LINK = 1, /* and enum system_link */
	SYSTEM_SPARE = 8, /* a link on its way to be renamed over another */
};

struct node {
	enum node_kind kind;
	uint32_t owner;
	uint64_t number;
};

uint64_t node_id(enum node_kind kind, uint32_t owner, uint64_t number);
/* 0, or -ESTALE for a number that node_id() never makes. */
int node_parse(uint64_t id, struct node *ret_node);

/*
 * The number of a link of a system: what is SYSTEM_LINK and the link, or SYSTEM_SPARE; change
 * rises whenever the link changes, so that a link that points elsewhere is another node and no
 * cache, ours or that of an NFS client, can hold on to the old target.
 */
uint64_t node_link(unsigned what, uint64_t change);
unsigned node_link_what(const struct node *node);
uint64_t node_link_change(const struct node *node);

#endif
