/*
 * The layout around the trees. The root shows BASE, the levels, /systems and two tables;
 * /.csmfs is there for who knows it. What the layout does not have is refused here, in one
 * place, so that the reason is always in the log; what it has goes to the room that knows it.
 *
 * The root and the level directories change only through requests of the kernel, which
 * therefore may keep their names for ever; what is in a system, and what is rendered, it may not.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/backup_dir.h"
#include "fs/level_dir.h"
#include "fs/namespace.h"
#include "fs/protocol.h"
#include "fs/system_dir.h"
#include "fs/virtual.h"

static bool is_fixed(const struct place *place, uint64_t number)
{
	return place->node.kind == NODE_FIXED && place->node.number == number;
}

/* ---- the root, /systems and /.csmfs ---- */

static int fixed_stat(struct place *place, struct stat *ret_stat, double *ret_timeout)
{
	struct timespec opened = place->mount->opened;

	*ret_stat = (struct stat){ .st_ino = place->id,
				   .st_mode = S_IFDIR | 0755,
				   .st_nlink = 2,
				   .st_atim = opened,
				   .st_mtim = opened,
				   .st_ctim = opened };
	*ret_timeout = FOR_EVER;
	if (place->node.number < FIXED_VIRTUAL)
		return place->node.number <= FIXED_CONTROL ? 0 : -CSM_STALE;
	*ret_timeout = AT_ONCE;
	return virtual_stat(place->mount, &place->node, ret_stat);
}

static int find_system(struct mount *mount, const char *name, uint64_t *ret_node)
{
	struct system_info info;
	int err = system_find(mount->systems, name, &info);

	if (!err)
		*ret_node = node_id(NODE_SYSTEM, info.id, SYSTEM_DIRECTORY);
	return err;
}

static int find_level(struct mount *mount, const char *name, uint64_t *ret_node)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	int err = filespace_level(mount->filespace, name, &level);

	if (!err)
		*ret_node = node_id(NODE_LEVEL, level_id(level), LEVEL_DIRECTORY);
	return err;
}

static int find_fixed(struct place *place, const char *name, uint64_t *ret_node)
{
	const struct virtual *file;

	if (is_fixed(place, FIXED_SYSTEMS))
		return find_system(place->mount, name, ret_node);
	if (!is_fixed(place, FIXED_ROOT) && !is_fixed(place, FIXED_CONTROL))
		return -ENOTDIR;
	file = virtual_named(place->node.number, name);
	if (file) {
		*ret_node = virtual_node(file, 0);
		return 0;
	}
	if (is_fixed(place, FIXED_CONTROL)) {
		*ret_node = node_id(NODE_FIXED, 0, FIXED_BACKUPS);
		return strcmp(name, PROTOCOL_BACKUPS) == 0 ? 0 : -ENOENT;
	}
	if (strcmp(name, PROTOCOL_SYSTEMS) == 0)
		*ret_node = node_id(NODE_FIXED, 0, FIXED_SYSTEMS);
	else if (strcmp(name, PROTOCOL_CONTROL) == 0)
		*ret_node = node_id(NODE_FIXED, 0, FIXED_CONTROL);
	else
		return find_level(place->mount, name, ret_node);
	return 0;
}

/* Each user has another file of that name. */
static bool is_own(const struct node *node)
{
	const struct virtual *file = virtual_of(node);

	return file && file->own;
}

static int fixed_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry)
{
	_cleanup_(place_release) struct place found = PLACE_INIT;
	uint64_t node = 0;
	int err = find_fixed(place, name, &node);

	if (!err)
		err = place_open(place->mount, node, &found);
	if (!err)
		err = place_entry(&found, ret_entry);
	if (!err)
		ret_entry->entry_timeout = is_own(&found.node) ? AT_ONCE : FOR_EVER;
	return err;
}

int namespace_for_user(struct mount *mount, uint32_t uid, struct fuse_entry_param *entry)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	struct node node;
	int err;

	if (!uid || node_parse(entry->ino, &node) || !is_own(&node))
		return 0;
	err = place_open(mount, virtual_node(virtual_of(&node), uid), &place);
	return err ? err : place_entry(&place, entry);
}

static int list_level(void *context, struct level *level)
{
	listing_add(context, level_name(level),
		    node_id(NODE_LEVEL, level_id(level), LEVEL_DIRECTORY), S_IFDIR);
	return 0;
}

static int list_system(void *context, const struct system_info *info)
{
	listing_add(context, info->name, node_id(NODE_SYSTEM, info->id, SYSTEM_DIRECTORY), S_IFDIR);
	return 0;
}

static int fixed_list(struct place *place, struct listing *listing)
{
	size_t count;
	const struct virtual *table = virtual_table(&count);

	if (is_fixed(place, FIXED_SYSTEMS))
		return systems_each(place->mount->systems, list_system, listing);
	for (size_t i = 0; i < count; i++)
		if (table[i].directory == place->node.number)
			listing_add(listing, table[i].name, virtual_node(&table[i], 0), S_IFREG);
	if (is_fixed(place, FIXED_CONTROL))
		listing_add(listing, PROTOCOL_BACKUPS, node_id(NODE_FIXED, 0, FIXED_BACKUPS),
			    S_IFDIR);
	if (!is_fixed(place, FIXED_ROOT))
		return is_fixed(place, FIXED_CONTROL) ? 0 : -ENOTDIR;
	listing_add(listing, PROTOCOL_SYSTEMS, node_id(NODE_FIXED, 0, FIXED_SYSTEMS), S_IFDIR);
	return filespace_each_level(place->mount->filespace, list_level, listing);
}

/* ---- what is there ---- */

int namespace_stat(struct place *place, struct stat *ret_stat, double *ret_timeout)
{
	if (backup_dir_has(&place->node))
		return backup_dir_stat(place, ret_stat, ret_timeout);
	switch (place->node.kind) {
	case NODE_FIXED:
		return fixed_stat(place, ret_stat, ret_timeout);
	case NODE_LEVEL:
		return level_dir_stat(place, ret_stat, ret_timeout);
	case NODE_SYSTEM:
		return system_dir_stat(place, ret_stat, ret_timeout);
	default:
		return -CSM_STALE;
	}
}

int namespace_parent(struct place *place, uint64_t *ret_id)
{
	const struct node *node = &place->node;
	const struct virtual *file;

	*ret_id = FIXED_ROOT;
	if (node->kind == NODE_LEVEL && node->number >= LEVEL_VALUE)
		*ret_id = node_id(NODE_LEVEL, node->owner, LEVEL_CONTROL);
	else if (node->kind == NODE_LEVEL && node->number != LEVEL_DIRECTORY)
		*ret_id = node_id(NODE_LEVEL, node->owner, LEVEL_DIRECTORY);
	else if (node->kind == NODE_SYSTEM)
		*ret_id = node->number == SYSTEM_DIRECTORY
				  ? node_id(NODE_FIXED, 0, FIXED_SYSTEMS)
				  : node_id(NODE_SYSTEM, node->owner, SYSTEM_DIRECTORY);
	else if (backup_dir_has(node))
		*ret_id = backup_dir_parent(node);
	else if (node->kind == NODE_FIXED && node->number >= FIXED_VIRTUAL) {
		file = virtual_of(node);
		if (!file)
			return -CSM_STALE;
		*ret_id = node_id(NODE_FIXED, 0, file->directory);
	}
	return 0;
}

int namespace_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry,
		     double *ret_timeout)
{
	*ret_timeout = AT_ONCE;
	if (backup_dir_has(&place->node))
		return backup_dir_lookup(place, name, ret_entry);
	switch (place->node.kind) {
	case NODE_FIXED:
		*ret_timeout = FOR_EVER;
		return fixed_lookup(place, name, ret_entry);
	case NODE_LEVEL:
		return level_dir_lookup(place, name, ret_entry);
	case NODE_SYSTEM:
		return place->node.number == SYSTEM_DIRECTORY
			       ? system_dir_lookup(place, name, ret_entry)
			       : -ENOTDIR;
	default:
		return -ENOTDIR;
	}
}

int namespace_list(struct place *place, struct listing *listing)
{
	if (backup_dir_has(&place->node))
		return backup_dir_list(place, listing);
	switch (place->node.kind) {
	case NODE_FIXED:
		return fixed_list(place, listing);
	case NODE_LEVEL:
		return level_dir_list(place, listing);
	case NODE_SYSTEM:
		return place->node.number == SYSTEM_DIRECTORY ? system_dir_list(place, listing)
							      : -ENOTDIR;
	default:
		return -ENOTDIR;
	}
}

int namespace_readlink(struct place *place, struct buffer *ret_target)
{
	return place->node.kind == NODE_SYSTEM ? system_dir_readlink(place, ret_target) : -EINVAL;
}

/* ---- changes ---- */

static int add_level(struct call *call, const char *name)
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	return level_add(call->mount->filespace, name, call->uid, &level);
}

int namespace_mkdir(struct call *call, struct place *place, const char *name,
		    struct fuse_entry_param *ret_entry)
{
	struct system_info info;
	int err;

	if (place->node.kind == NODE_LEVEL)
		return level_dir_mkdir(call, place, name, ret_entry);
	if (backup_dir_has(&place->node))
		return backup_dir_mkdir(call, place, name, ret_entry);
	if (is_fixed(place, FIXED_ROOT))
		err = add_level(call, name);
	else if (is_fixed(place, FIXED_SYSTEMS))
		err = system_add(call->mount->systems, name, call->uid, &info);
	else
		err = refusal(call, place, "mkdir", name, -CSM_FIXED_ENTRY);
	return err ? err : fixed_lookup(place, name, ret_entry);
}

static int delete_level(struct call *call, struct place *place, const char *name)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	int err = filespace_level(call->mount->filespace, name, &level);

	if (err == -ENOENT)
		return refusal(call, place, "rmdir", name, -CSM_FIXED_ENTRY);
	return err ? err : level_delete(level, call->uid, systems_use_level, call->mount->systems);
}

int namespace_rmdir(struct call *call, struct place *place, const char *name)
{
	if (request_is_done())
		return call_carried_out(call);
	if (place->node.kind == NODE_LEVEL)
		return level_dir_rmdir(call, place, name);
	if (backup_dir_has(&place->node))
		return backup_dir_rmdir(call, place, name);
	if (is_fixed(place, FIXED_ROOT))
		return delete_level(call, place, name);
	if (is_fixed(place, FIXED_SYSTEMS))
		return system_delete(call->mount->systems, name, call->uid);
	return refusal(call, place, "rmdir", name, -CSM_FIXED_ENTRY);
}

int namespace_symlink(struct call *call, struct place *place, const char *name, const char *target,
		      struct fuse_entry_param *ret_entry)
{
	if (place->node.kind == NODE_SYSTEM && place->node.number == SYSTEM_DIRECTORY)
		return system_dir_symlink(call, place, name, target, ret_entry);
	return refusal(call, place, "symlink", name, -CSM_FIXED_ENTRY);
}

int namespace_unlink(struct call *call, struct place *place, const char *name)
{
	if (request_is_done())
		return call_carried_out(call);
	if (place->node.kind == NODE_SYSTEM && place->node.number == SYSTEM_DIRECTORY)
		return system_dir_unlink(call, place, name);
	return refusal(call, place, "unlink", name, -CSM_FIXED_ENTRY);
}

int namespace_rename(struct call *call, struct place *from, const char *name, struct place *to,
		     const char *new_name, unsigned flags)
{
	uint64_t node;

	if (request_is_done() && from->node.kind == NODE_SYSTEM)
		system_dir_forget(from, name);
	if (request_is_done())
		return call_carried_out(call);
	if (from->node.kind == NODE_SYSTEM && from->id == to->id)
		return system_dir_rename(call, from, name, new_name, flags);
	if (is_fixed(from, FIXED_ROOT) && find_level(from->mount, name, &node) == 0)
		return refusal(call, from, "rename", name, -CSM_LEVEL_NAME_FIXED);
	return refusal(call, from, "rename", name, -CSM_FIXED_ENTRY);
}
