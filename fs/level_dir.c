/*
 * A level's directory: the two windows, the inventory, the packages, and beside them, not
 * listed, a file for every control attribute. Nothing in it is an inode of a tree; BUILD, APPLY
 * and DELTA are the tops of one.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/control.h"
#include "fs/level_dir.h"
#include "fs/loop.h"
#include "fs/package_dir.h"
#include "fs/protocol.h"
#include "fs/text.h"
#include "fs/tree.h"

static const struct part {
	const char *name;
	enum node_kind kind;
	uint64_t number;
} parts[] = {
	{ PROTOCOL_BUILD, NODE_TREE, INODE_BUILD },
	{ PROTOCOL_DELTA, NODE_DELTA, INODE_BUILD },
	{ PROTOCOL_APPLY, NODE_TREE, INODE_APPLY },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const struct control *control_at(const struct place *place)
{
	return place->node.number < LEVEL_VALUE
		       ? NULL
		       : control_numbered(CONTROL_LEVEL, place->node.number - LEVEL_VALUE);
}

/* A control file's size is that of its value now; a value that cannot be had shows as none. */
static void value_stat(struct place *place, const struct control *control, struct stat *ret_stat)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	control_file_text(place, control, &value);
	ret_stat->st_mode = S_IFREG | (control->set ? 0644 : 0444);
	ret_stat->st_nlink = 1;
	text_keep(place->mount, place->id, &value, ret_stat);
}

int level_dir_stat(struct place *place, struct stat *ret_stat, double *ret_timeout)
{
	const struct control *control = control_at(place);
	struct level_info info;

	level_info(place->level, &info);
	*ret_stat = (struct stat){
		.st_ino = place->id,
		.st_mode = S_IFDIR | 0755,
		.st_nlink = 2,
		.st_uid = info.created_by,
		.st_atim = info.created,
		.st_mtim = info.created,
		.st_ctim = info.created,
	};
	*ret_timeout = FOR_EVER;
	if (place->node.number < LEVEL_VALUE)
		return place->node.number <= LEVEL_CONTROL ? 0 : -CSM_STALE;
	if (!control)
		return -CSM_STALE;
	*ret_timeout = AT_ONCE;
	value_stat(place, control, ret_stat);
	return 0;
}

/* ---- names ---- */

static int find_in_control(struct place *place, const char *name, uint64_t *ret_node)
{
	const struct control *control = control_named(CONTROL_LEVEL, name);

	if (!control)
		return -ENOENT;
	*ret_node = node_id(NODE_LEVEL, place->node.owner, LEVEL_VALUE + control->number);
	return 0;
}

/* ret_fixed: there is always such a name, and always the same thing behind it. */
static int find_node(struct place *place, const char *name, uint64_t *ret_node, bool *ret_fixed)
{
	uint64_t directory = 0;
	int err;

	*ret_fixed = true;
	if (place->node.number == LEVEL_CONTROL)
		return find_in_control(place, name, ret_node);
	if (place->node.number != LEVEL_DIRECTORY)
		return -ENOTDIR;
	for (size_t i = 0; i < PARTS; i++)
		if (strcmp(name, parts[i].name) == 0) {
			*ret_node = node_id(parts[i].kind, place->node.owner, parts[i].number);
			return 0;
		}
	if (strcmp(name, PROTOCOL_CONTROL) == 0) {
		*ret_node = node_id(NODE_LEVEL, place->node.owner, LEVEL_CONTROL);
		return 0;
	}
	*ret_fixed = false;
	if (!package_dir_name(name))
		return -ENOENT;
	err = package_dir_find(place, name, &directory);
	*ret_node = node_id(NODE_TREE, FILES_SPACE_ID, directory);
	return err;
}

int level_dir_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry)
{
	_cleanup_(place_release) struct place found = PLACE_INIT;
	uint64_t node = 0;
	bool fixed;
	int err = find_node(place, name, &node, &fixed);

	if (!err)
		err = place_open(place->mount, node, &found);
	if (!err)
		err = place_entry(&found, ret_entry);
	if (!err && fixed)
		ret_entry->entry_timeout = FOR_EVER;
	return err;
}

static int list_controls(struct place *place, struct listing *listing)
{
	size_t count;
	const struct control *table = control_table(&count);

	for (size_t i = 0; i < count; i++)
		if (table[i].where == CONTROL_LEVEL)
			listing_add(listing, table[i].name,
				    node_id(NODE_LEVEL, place->node.owner,
					    LEVEL_VALUE + table[i].number),
				    S_IFREG);
	return 0;
}

int level_dir_list(struct place *place, struct listing *listing)
{
	if (place->node.number == LEVEL_CONTROL)
		return list_controls(place, listing);
	if (place->node.number != LEVEL_DIRECTORY)
		return -ENOTDIR;
	for (size_t i = 0; i < PARTS; i++)
		listing_add(listing, parts[i].name,
			    node_id(parts[i].kind, place->node.owner, parts[i].number), S_IFDIR);
	return package_dir_list(place, listing);
}

/* ---- changes ---- */

int level_dir_mkdir(struct call *call, struct place *place, const char *name,
		    struct fuse_entry_param *ret_entry)
{
	int err;

	if (place->node.number != LEVEL_DIRECTORY || !package_dir_name(name))
		return refusal(call, place, "mkdir", name, -CSM_FIXED_ENTRY);
	err = package_dir_build(call, place, name);
	return err ? err : level_dir_lookup(place, name, ret_entry);
}

int level_dir_rmdir(struct call *call, struct place *place, const char *name)
{
	if (place->node.number != LEVEL_DIRECTORY || !package_dir_name(name))
		return refusal(call, place, "rmdir", name, -CSM_FIXED_ENTRY);
	return package_dir_remove(call, place, name);
}

/* ---- another parent ---- */

struct top {
	struct call *call;
	uint64_t directory;
};

static int note_component(void *context, const char *name, uint64_t number, uint32_t type,
			  bool whiteout)
{
	const struct top *top = context;

	(void)number;
	(void)type;
	(void)whiteout;
	note_entry(&top->call->notes, top->directory, name);
	return 0;
}

void level_dir_note_content(struct call *call, struct place *place)
{
	static const uint64_t tops[] = { INODE_BUILD, INODE_APPLY };
	static const char *const names[] = { PROTOCOL_BUILD, PROTOCOL_APPLY };

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		struct top top = { .call = call,
				   .directory = node_id(NODE_TREE, place->node.owner, tops[i]) };

		/* Asked for again, the tree that the kernel still knows may be gone from here: all of it then. */
		if (loop_request()->resent)
			note_entry(&call->notes,
				   node_id(NODE_LEVEL, place->node.owner, LEVEL_DIRECTORY),
				   names[i]);
		note_content(&call->notes, top.directory);
		window_list(place->level, WINDOW_BUILD, tops[i], note_component, &top);
	}
}
