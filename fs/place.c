/*
 * From a node id to the store's words, and back to what stat(2) says. Everything is looked
 * up afresh; the store keeps what is worth keeping in memory, and the kernel asks seldom.
 *
 * A number alone must be enough for all of it: an NFS server comes with a handle that was
 * given out before a restart and asks for the thing itself and for its parent.
 */
#include <errno.h>
#include <string.h>

#include "fs/backup_dir.h"
#include "fs/namespace.h"
#include "fs/package_dir.h"
#include "fs/place.h"
#include "fs/protocol.h"
#include "fs/system_dir.h"
#include "fs/tree.h"

#define PATH_DEPTH_MAX 64 /* directories that a path in the log names at most */

/* ---- opening ---- */

static int open_tree(struct place *place)
{
	if (place->node.owner == FILES_SPACE_ID) {
		place->space = mount_files(place->mount);
		return 0;
	}
	return filespace_level_by_id(place->mount->filespace, place->node.owner, &place->level);
}

int place_open(struct mount *mount, uint64_t id, struct place *ret_place)
{
	struct place place = { .mount = mount, .id = id };
	int err = node_parse(id, &place.node);

	if (err)
		return -CSM_STALE;
	place.window = place.node.kind == NODE_DELTA ? WINDOW_DELTA : WINDOW_BUILD;
	if (place.node.kind == NODE_TREE)
		err = open_tree(&place);
	else if (place.node.kind != NODE_FIXED && place.node.kind != NODE_SYSTEM)
		err = filespace_level_by_id(mount->filespace, place.node.owner, &place.level);
	if (!err && place.level && (place.node.kind == NODE_TREE || place.node.kind == NODE_DELTA))
		err = level_space(place.level, &place.space);
	if (!err && place.level && level_is_gone(place.level))
		err = -ENOENT;
	if (err) {
		place_release(&place);
		return err == -ENOENT ? -CSM_STALE : err;
	}
	*ret_place = place;
	return 0;
}

void place_release(struct place *place)
{
	level_put(place->level);
	*place = (struct place)PLACE_INIT;
}

/* ---- what it is ---- */

static int whiteout_stat(struct place *place, struct stat *ret_stat)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct window_entry found = { .whiteout = true };
	struct fuse_entry_param entry;
	int err = level_base_view(place->level, &view);

	if (!err)
		err = view_inode(view, place->node.number, &found.inode);
	if (err)
		return err;
	tree_entry(place, &found, &entry);
	*ret_stat = entry.attr;
	return 0;
}

int place_entry(struct place *place, struct fuse_entry_param *ret_entry)
{
	struct window_entry found = { 0 };
	int err;

	/* The kernel wants 0 for the root, and warns. */
	*ret_entry = (struct fuse_entry_param){ .ino = place->id, .generation = place->id != FUSE_ROOT_ID };
	if (place->node.kind == NODE_WHITEOUT)
		return whiteout_stat(place, &ret_entry->attr);
	if (!place_in_tree(place))
		return namespace_stat(place, &ret_entry->attr, &ret_entry->attr_timeout);
	err = tree_inode(place, &found.inode);
	if (!err)
		tree_entry(place, &found, ret_entry);
	return err;
}

int place_stat(struct place *place, struct stat *ret_stat, double *ret_timeout)
{
	struct fuse_entry_param entry;
	int err = place_entry(place, &entry);

	*ret_stat = entry.attr;
	*ret_timeout = entry.attr_timeout;
	return err;
}

/* ---- where it is ---- */

/* A package or a log: the directory in the release's own files knows its name there only. */
static int files_parent(struct place *place, const struct inode *inode, uint64_t *ret_id)
{
	uint32_t owner;

	if (S_ISDIR(inode->mode) && system_of_log(place->mount, inode->number, &owner) == 0)
		*ret_id = node_id(NODE_SYSTEM, owner, SYSTEM_DIRECTORY);
	else if (S_ISDIR(inode->mode) && package_dir_owner(place->mount, inode->number, &owner) == 0)
		*ret_id = node_id(NODE_LEVEL, owner, LEVEL_DIRECTORY);
	else if (inode->parent)
		*ret_id = node_id(NODE_TREE, FILES_SPACE_ID, inode->parent);
	else
		return -ENOENT;
	return 0;
}

int place_parent(struct place *place, uint64_t *ret_id)
{
	struct inode inode;
	int err;

	if (!place_in_tree(place) && place->node.kind != NODE_WHITEOUT)
		return namespace_parent(place, ret_id);
	if (place->level && (place->node.number == INODE_BUILD || place->node.number == INODE_APPLY)) {
		*ret_id = node_id(NODE_LEVEL, place->node.owner, LEVEL_DIRECTORY);
		return 0;
	}
	if (place->node.kind == NODE_WHITEOUT)
		return -ENOENT;
	err = tree_inode(place, &inode);
	if (err)
		return err;
	if (place_in_files(place))
		return files_parent(place, &inode, ret_id);
	if (!inode.parent)
		return -ENOENT;
	*ret_id = node_id(place->node.kind, place->node.owner, inode.parent);
	return 0;
}

/* ---- paths ---- */

static const char *fixed_path(const struct node *node)
{
	switch (node->number) {
	case FIXED_SYSTEMS:
		return PROTOCOL_SYSTEMS;
	case FIXED_CONTROL:
		return PROTOCOL_CONTROL;
	default:
		return "";
	}
}

/* The names from the top of the tree to number, deepest last; what cannot be found is left out. */
static void tree_path(struct place *place, struct buffer *ret_path)
{
	_cleanup_free_ char *names = malloc((size_t)PATH_DEPTH_MAX * (NAME_LENGTH_MAX + 1));
	uint64_t number = place->node.number;
	size_t depth = 0, start = ret_path->size;
	struct inode inode;

	while (names && depth < PATH_DEPTH_MAX && number >= INODE_FIRST) {
		if (space_inode(place->space, number, &inode) || !inode.parent)
			break;
		snprintf(names + depth++ * (NAME_LENGTH_MAX + 1), NAME_LENGTH_MAX + 1, "%s", inode.name);
		number = inode.parent;
	}
	if (place->level)
		buffer_text(ret_path, place_in_delta(place)	? PROTOCOL_DELTA
				      : number == INODE_APPLY	? PROTOCOL_APPLY
								: PROTOCOL_BUILD);
	while (depth > 0) {
		if (ret_path->size > start)
			buffer_u8(ret_path, '/');
		buffer_text(ret_path, names + --depth * (NAME_LENGTH_MAX + 1));
	}
}

void place_path(struct place *place, const char *name, struct buffer *ret_path)
{
	struct system_info info;

	if (place->level) {
		buffer_text(ret_path, level_name(place->level));
		if (place_in_tree(place) || place->node.number != LEVEL_DIRECTORY)
			buffer_u8(ret_path, '/');
	}
	if (place_in_tree(place))
		tree_path(place, ret_path);
	else if (backup_dir_has(&place->node))
		backup_dir_path(place, ret_path);
	else if (place->node.kind == NODE_FIXED)
		buffer_text(ret_path, fixed_path(&place->node));
	else if (place->node.kind == NODE_LEVEL && place->node.number != LEVEL_DIRECTORY)
		buffer_text(ret_path, PROTOCOL_CONTROL);
	else if (place->node.kind == NODE_WHITEOUT)
		buffer_text(ret_path, PROTOCOL_DELTA);
	else if (place->node.kind == NODE_SYSTEM &&
		 system_by_id(place->mount->systems, place->node.owner, &info) == 0)
		buffer_printf(ret_path, PROTOCOL_SYSTEMS "/%s", info.name);
	if (name && ret_path->size)
		buffer_u8(ret_path, '/');
	if (name)
		buffer_text(ret_path, name);
}
