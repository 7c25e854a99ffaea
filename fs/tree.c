/*
 * Requests on inodes of trees. A level is reached through its windows, so that DELTA means
 * what it means; the release's own files (packages, system logs) have no windows and are
 * reached through their space.
 *
 * What DELTA changes, BUILD shows, and the kernel keeps BUILD for ever. So before a change
 * through DELTA it is noted what BUILD had at that name, and the call's notes then name the
 * entry, the directory and the inodes that may have changed behind the kernel's back: an
 * inode may get its former content back when a change is taken back.
 */
#include <errno.h>
#include <sys/stat.h>

#include "fs/acl.h"
#include "fs/system_dir.h"
#include "fs/tree.h"

/* ---- what the kernel is told ---- */

static uint64_t generation_of(struct place *place)
{
	struct level_info info;

	if (!place->generation) {
		place->generation = 1;
		if (place->level) {
			level_info(place->level, &info);
			place->generation += info.epoch;
		}
	}
	return place->generation;
}

uint64_t tree_node(struct place *place, uint64_t number, uint32_t type, bool whiteout)
{
	enum node_kind kind = NODE_TREE;

	if (whiteout)
		kind = NODE_WHITEOUT;
	else if (place->window == WINDOW_DELTA && S_ISDIR(type))
		kind = NODE_DELTA;
	return node_id(kind, place->node.owner, number);
}

double tree_name_timeout(const struct place *place)
{
	return place_in_delta(place) ? AT_ONCE : FOR_EVER;
}

/*
 * A whiteout is as overlayfs wants it, with the times of what it hides. The two top directories
 * of a level are there whatever it is based on, so their generation never rises.
 */
void tree_entry(struct place *place, const struct window_entry *found, struct fuse_entry_param *ret_entry)
{
	const struct inode *inode = &found->inode;
	struct stat *stat = &ret_entry->attr;

	*ret_entry = (struct fuse_entry_param){ .entry_timeout = AT_ONCE };
	ret_entry->ino = tree_node(place, inode->number, inode->mode & S_IFMT, found->whiteout);
	ret_entry->generation = inode->number < INODE_FIRST ? 1 : generation_of(place);
	inode_stat(inode, stat);
	stat->st_ino = ret_entry->ino;
	stat->st_blksize = BLOCK_SIZE;
	if (found->whiteout) {
		stat->st_mode = S_IFCHR;
		stat->st_nlink = 1;
		stat->st_rdev = 0;
		stat->st_uid = stat->st_gid = 0;
		stat->st_size = stat->st_blocks = 0;
	} else if (place->window != WINDOW_DELTA || !S_ISDIR(inode->mode)) {
		ret_entry->attr_timeout = FOR_EVER;
	}
}

int tree_inode(struct place *place, struct inode *ret_inode)
{
	if (place_in_delta(place))
		return window_directory(place->level, WINDOW_DELTA, place->node.number, ret_inode);
	return space_inode(place->space, place->node.number, ret_inode);
}

int tree_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry)
{
	struct window_entry found = { 0 };
	int err;

	if (place->level)
		err = window_lookup(place->level, place->window, place->node.number, name, &found);
	else
		err = space_lookup(place->space, place->node.number, name, &found.inode);
	if (err)
		return err;
	tree_entry(place, &found, ret_entry);
	ret_entry->entry_timeout = tree_name_timeout(place);
	return 0;
}

struct plain_list {
	window_list_each each;
	void *context;
};

static int plain_each(void *context, const char *name, uint64_t number, uint32_t type)
{
	const struct plain_list *list = context;

	return list->each(list->context, name, number, type, false);
}

int tree_list(struct place *place, window_list_each each, void *context)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct plain_list list = { .each = each, .context = context };

	if (place->level)
		return window_list(place->level, place->window, place->node.number, each, context);
	view = space_view(place->space);
	return view ? view_list(view, place->node.number, plain_each, &list) : -ENOMEM;
}

int tree_writable(struct place *place)
{
	uint32_t system;
	struct inode inode;
	uint64_t number = place->node.number;

	if (!place_in_files(place))
		return space_frozen(place->space);
	/* A log is written by its system; everything else in here is a package. */
	while (space_inode(place->space, number, &inode) == 0) {
		if (S_ISDIR(inode.mode) && system_of_log(place->mount, number, &system) == 0)
			return space_frozen(place->space);
		/* A file with several names: nobody but a system makes links in here. */
		if (!inode.parent)
			return S_ISDIR(inode.mode) ? -CSM_FIXED_ENTRY : space_frozen(place->space);
		number = inode.parent;
	}
	return -CSM_STALE;
}

/* ---- notes for the kernel ---- */

/* The inode BUILD has at a name that DELTA is about to change; 0: none. */
static uint64_t built_inode(struct place *place, const char *name)
{
	struct window_entry found;

	if (!place_in_delta(place) ||
	    window_lookup(place->level, WINDOW_BUILD, place->node.number, name, &found))
		return 0;
	return found.inode.number;
}

/*
 * What is made in DELTA at a name that it does not show replaces what BUILD has there. The kernel
 * sees no name and asks nobody, so what it would ask of an unlink in BUILD is asked here: the
 * sticky bit, and that whole directories go only with their owner's leave.
 */
static int may_hide(struct call *call, struct place *place, const char *name)
{
	struct window_entry found;
	struct inode directory;
	int err;

	if (!call->uid || !place_in_delta(place) ||
	    window_lookup(place->level, WINDOW_DELTA, place->node.number, name, &found) == 0 ||
	    window_lookup(place->level, WINDOW_BUILD, place->node.number, name, &found) != 0 ||
	    found.inode.uid == call->uid)
		return 0;
	if (S_ISDIR(found.inode.mode))
		return -EPERM;
	err = tree_inode(place, &directory);
	if (err)
		return err;
	return (directory.mode & S_ISVTX) && directory.uid != call->uid ? -EPERM : 0;
}

static void note_change(struct call *call, struct place *place, const char *name, uint64_t before)
{
	uint32_t level = place->node.owner;
	uint64_t directory = node_id(NODE_TREE, level, place->node.number);
	uint64_t after;

	if (!place_in_delta(place))
		return;
	note_entry(&call->notes, directory, name);
	note_content(&call->notes, directory);
	after = built_inode(place, name);
	if (before)
		note_content(&call->notes, node_id(NODE_TREE, level, before));
	if (after && after != before)
		note_content(&call->notes, node_id(NODE_TREE, level, after));
}

/* ---- making ---- */

static int inherit_acl(struct place *place, const struct inode *directory, struct new_inode *new_inode,
		       struct xattrs *xattrs)
{
	_cleanup_(cleanup_buffer) struct buffer acl = BUFFER_INIT;
	int err;

	if (!directory->has_xattrs || S_ISLNK(new_inode->mode))
		return -ENODATA;
	err = space_getxattr(place->space, place->node.number, ACL_DEFAULT, &acl);
	if (err)
		return err;
	err = acl_inherit(buffer_slice(&acl), new_inode->mode, &new_inode->mode, xattrs);
	if (!err && xattrs->count)
		new_inode->xattrs = xattrs;
	return err;
}

/* Owner, permissions and ACL of a new entry. A default ACL replaces the umask. */
static int prepare(struct call *call, struct place *place, const struct tree_new *new_entry,
		   struct new_inode *ret_new, struct xattrs *xattrs)
{
	struct inode directory;
	int err = tree_inode(place, &directory);

	if (err)
		return err;
	*ret_new = (struct new_inode){
		.mode = new_entry->mode,
		.uid = call->uid,
		.gid = call->gid,
		.rdev = new_entry->rdev,
		.target = new_entry->target,
	};
	err = inherit_acl(place, &directory, ret_new, xattrs);
	if (err == -ENODATA) {
		if (!S_ISLNK(ret_new->mode))
			ret_new->mode &= ~call->umask;
		err = 0;
	}
	return err;
}

int tree_create(struct call *call, struct place *place, const char *name, const struct tree_new *new_entry,
		struct fuse_entry_param *ret_entry)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	struct window_entry made = { 0 };
	struct new_inode new_inode;
	uint64_t before = built_inode(place, name);
	int err = place_in_files(place) ? tree_writable(place) : may_hide(call, place, name);

	if (!err)
		err = prepare(call, place, new_entry, &new_inode, &xattrs);
	if (err)
		return err;
	if (place->level)
		err = window_create(place->level, place->window, place->node.number, name, &new_inode, &made);
	else if (request_is_done())
		err = space_lookup(place->space, place->node.number, name, &made.inode);
	else
		err = space_create(place->space, place->node.number, name, &new_inode, 0, &made.inode);
	if (err)
		return err;
	note_change(call, place, name, before);
	tree_entry(place, &made, ret_entry);
	ret_entry->entry_timeout = tree_name_timeout(place);
	return 0;
}

int tree_link(struct call *call, struct place *from, struct place *place, const char *name,
	      struct fuse_entry_param *ret_entry)
{
	struct window_entry made = { 0 };
	uint64_t before = built_inode(place, name);
	int err = place_in_files(place) ? tree_writable(place) : may_hide(call, place, name);

	if (from->node.kind != NODE_TREE || from->node.owner != place->node.owner)
		err = -CSM_CROSSES_LEVELS;
	if (!err && place_in_files(place))
		err = tree_writable(from);
	if (err)
		return err;
	if (place->level)
		err = window_link(place->level, place->window, from->node.number, place->node.number, name,
				  &made.inode);
	else if (request_is_done())
		err = space_inode(place->space, from->node.number, &made.inode);
	else
		err = space_link(place->space, from->node.number, place->node.number, name, 0, &made.inode);
	if (err)
		return err;
	note_change(call, place, name, before);
	tree_entry(place, &made, ret_entry);
	ret_entry->entry_timeout = tree_name_timeout(place);
	return 0;
}

/* ---- removing ---- */

int tree_unlink(struct call *call, struct place *place, const char *name)
{
	uint64_t before = built_inode(place, name);
	int err = 0;

	if (place->level)
		err = window_unlink(place->level, place->window, place->node.number, name);
	else if (!request_is_done())
		err = space_unlink(place->space, place->node.number, name);
	if (!err)
		note_change(call, place, name, before);
	return err;
}

int tree_rmdir(struct call *call, struct place *place, const char *name)
{
	uint64_t before = built_inode(place, name);
	int err = place_in_files(place) ? tree_writable(place) : 0;

	if (err)
		return err;
	if (place->level)
		err = window_rmdir(place->level, place->window, place->node.number, name);
	else if (!request_is_done())
		err = space_rmdir(place->space, place->node.number, name);
	if (!err)
		note_change(call, place, name, before);
	return err;
}

int tree_rename(struct call *call, struct place *from, const char *name, struct place *to,
		const char *new_name, unsigned flags)
{
	uint64_t before = built_inode(from, name), before_new = built_inode(to, new_name);
	int err = 0;

	if (from->node.kind != to->node.kind || from->node.owner != to->node.owner)
		return -CSM_CROSSES_LEVELS;
	if (place_in_files(from))
		err = tree_writable(from);
	if (!err && place_in_files(to))
		err = tree_writable(to);
	if (!err)
		err = may_hide(call, to, new_name);
	if (err)
		return err;
	if (from->level)
		err = window_rename(from->level, from->window, from->node.number, name, to->node.number,
				    new_name, flags);
	else if (!request_is_done())
		err = space_rename(from->space, from->node.number, name, to->node.number, new_name, flags, 0);
	if (err)
		return err;
	note_change(call, from, name, before);
	note_change(call, to, new_name, before_new);
	return 0;
}
