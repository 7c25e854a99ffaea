/*
 * How a node id is made, and why so.
 *
 * Most low-level FUSE programs hand out pointers or table slots and count the kernel's
 * look-ups until it forgets them. csmfs cannot: a walk over a million files would grow a
 * million entries (P9), and an NFS handle, which is the node id and its generation, would
 * mean something else after a restart (P3). So the id carries its meaning:
 *
 *  - A file or directory of a level is (level, inode number). Both are given once and
 *    never again. Inode numbers belong to the release, the level says which tree; the
 *    same inherited file is another node in another level, as it may change there.
 *  - BUILD and DELTA are two windows on one tree. A file, device or symbolic link is one
 *    node in both, so a write through one is at once what the other's page cache holds.
 *    A directory lists differently in each, so it is two nodes.
 *  - A deletion shown in DELTA stands for the inode that was deleted; it has no number of
 *    its own.
 *  - Directories and files that are no inodes of a tree have small fixed numbers below
 *    their level or system. Numbers of virtual files and controls are written in their
 *    tables and never used again for another.
 *
 * The generation, given with an entry and not part of the id, rises when a level is moved
 * onto another parent: the same numbers then name other files.
 *
 * Look-ups are not counted and "forget" has nothing to do. Numbers beyond their field
 * (2^38 files in one release, 2^23 levels and systems) would not be told apart; the store
 * gives numbers in order and does not get there.
 */
#include <errno.h>

#include "fs/node.h"

#define KIND_SHIFT (NODE_NUMBER_BITS + NODE_OWNER_BITS)
#define LINK_BITS 8

uint64_t node_id(enum node_kind kind, uint32_t owner, uint64_t number)
{
	return (uint64_t)kind << KIND_SHIFT | (uint64_t)(owner & NODE_OWNER_MAX) << NODE_NUMBER_BITS |
	       (number & NODE_NUMBER_MAX);
}

int node_parse(uint64_t id, struct node *ret_node)
{
	struct node node = {
		.kind = (enum node_kind)(id >> KIND_SHIFT),
		.owner = (uint32_t)(id >> NODE_NUMBER_BITS) & NODE_OWNER_MAX,
		.number = id & NODE_NUMBER_MAX,
	};

	if (node.kind > NODE_SYSTEM || (node.kind == NODE_FIXED) != (node.owner == 0))
		return -ESTALE;
	*ret_node = node;
	return 0;
}

uint64_t node_link(unsigned what, uint64_t change)
{
	return (change << LINK_BITS | what) & NODE_NUMBER_MAX;
}

unsigned node_link_what(const struct node *node)
{
	return (unsigned)(node->number & ((1u << LINK_BITS) - 1));
}

uint64_t node_link_change(const struct node *node)
{
	return node->number >> LINK_BITS;
}
