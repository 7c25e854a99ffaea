/*
 * Requests about names: look up, make, remove, link, rename. What is in a tree goes to
 * fs/tree.c, the rest to fs/namespace.c.
 *
 * Look-ups of "." and ".." come from NFS servers, which know a node by its number only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/namespace.h"
#include "fs/ops.h"
#include "fs/package_dir.h"
#include "fs/tree.h"

/* ---- look-up ---- */

static int find_parent(struct place *place, struct fuse_entry_param *ret_entry)
{
	_cleanup_(place_release) struct place parent = PLACE_INIT;
	uint64_t id = 0;
	int err = place_parent(place, &id);

	if (!err)
		err = place_open(place->mount, id, &parent);
	return err ? err : place_entry(&parent, ret_entry);
}

/* ret_timeout: how long the kernel may remember that there is no such name. */
static int find_entry(struct mount *mount, fuse_ino_t directory, const char *name,
		      struct fuse_entry_param *ret_entry, double *ret_timeout)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(mount, directory, &place);

	*ret_timeout = AT_ONCE;
	if (err)
		return err;
	if (strcmp(name, ".") == 0) {
		err = place_entry(&place, ret_entry);
		/* nobody opens what was deleted: who has it open already is in the kernel */
		return err || !place_in_tree(&place) || ret_entry->attr.st_nlink ? err : -CSM_STALE;
	}
	if (strcmp(name, "..") == 0)
		return find_parent(&place, ret_entry);
	if (!place_in_tree(&place))
		return namespace_lookup(&place, name, ret_entry, ret_timeout);
	*ret_timeout = tree_name_timeout(&place);
	return tree_lookup(&place, name, ret_entry);
}

static void op_lookup(fuse_req_t req, fuse_ino_t directory, const char *name)
{
	struct call call = call_begin(req, MESSAGE_LOOKUP);
	struct fuse_entry_param entry = { 0 };
	double timeout;
	int err = find_entry(call.mount, directory, name, &entry, &timeout);

	if (!err)
		err = namespace_for_user(call.mount, call.uid, &entry);
	reply_lookup(&call, err, &entry, timeout);
}

/* Node ids carry their meaning: there is nothing to forget (fs/node.c). */
static void op_forget(fuse_req_t req, fuse_ino_t node, uint64_t lookups)
{
	struct call call = call_begin(req, MESSAGE_FORGET);

	(void)call;
	(void)node;
	(void)lookups;
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	struct call call = call_begin(req, MESSAGE_BATCH_FORGET);

	(void)call;
	(void)count;
	(void)forgets;
	fuse_reply_none(req);
}

static int read_link(struct mount *mount, fuse_ino_t node, struct buffer *ret_target)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	_cleanup_(cleanup_view) struct view *view = NULL;
	int err = place_open(mount, node, &place);

	if (!err && !place_in_tree(&place))
		err = namespace_readlink(&place, ret_target);
	else if (!err) {
		view = space_view(place.space);
		err = view ? view_target(view, place.node.number, ret_target) : -ENOMEM;
	}
	if (err)
		return err;
	buffer_u8(ret_target, 0);
	return buffer_failed(ret_target) ? -ENOMEM : 0;
}

static void op_readlink(fuse_req_t req, fuse_ino_t node)
{
	struct call call = call_begin(req, MESSAGE_READLINK);
	_cleanup_(cleanup_buffer) struct buffer target = BUFFER_INIT;
	int err = read_link(call.mount, node, &target);

	if (err)
		reply_code(&call, err);
	else
		fuse_reply_readlink(req, (const char *)target.data);
}

/* ---- making ---- */

static int make(struct call *call, fuse_ino_t directory, const char *name, const char *operation,
		const struct tree_new *new_entry, struct fuse_entry_param *ret_entry)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(call->mount, directory, &place);

	if (err)
		return err;
	if (place_in_tree(&place))
		return refusal(call, &place, operation, name,
			       tree_create(call, &place, name, new_entry, ret_entry));
	if (S_ISDIR(new_entry->mode))
		return namespace_mkdir(call, &place, name, ret_entry);
	if (S_ISLNK(new_entry->mode))
		return namespace_symlink(call, &place, name, new_entry->target, ret_entry);
	return refusal(call, &place, operation, name, -CSM_FIXED_ENTRY);
}

static void op_mknod(fuse_req_t req, fuse_ino_t directory, const char *name, mode_t mode,
		     dev_t rdev)
{
	struct call call = call_begin(req, MESSAGE_MKNOD);
	struct fuse_entry_param entry = { 0 };
	struct tree_new new_entry = { .mode = mode, .rdev = rdev };
	int err;

	call_changes(&call);
	err = make(&call, directory, name, S_ISREG(mode) ? "create" : "mknod", &new_entry, &entry);
	reply_entry(&call, err, &entry);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t directory, const char *name, mode_t mode)
{
	struct call call = call_begin(req, MESSAGE_MKDIR);
	struct fuse_entry_param entry = { 0 };
	struct tree_new new_entry = { .mode = (mode & ~(mode_t)S_IFMT) | S_IFDIR };
	int err;

	call_changes(&call);
	err = make(&call, directory, name, "mkdir", &new_entry, &entry);
	reply_entry(&call, err, &entry);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t directory, const char *name)
{
	struct call call = call_begin(req, MESSAGE_SYMLINK);
	struct fuse_entry_param entry = { 0 };
	struct tree_new new_entry = { .mode = S_IFLNK | 0777, .target = target };
	int err;

	call_changes(&call);
	err = make(&call, directory, name, "symlink", &new_entry, &entry);
	reply_entry(&call, err, &entry);
}

static int link_to(struct call *call, fuse_ino_t node, fuse_ino_t directory, const char *name,
		   struct fuse_entry_param *ret_entry)
{
	_cleanup_(place_release) struct place from = PLACE_INIT, place = PLACE_INIT;
	int err = place_open(call->mount, node, &from);

	if (!err)
		err = place_open(call->mount, directory, &place);
	if (err)
		return err;
	if (!place_in_tree(&place))
		err = -CSM_FIXED_ENTRY;
	else
		err = tree_link(call, &from, &place, name, ret_entry);
	return refusal(call, &place, "link", name, err);
}

static void op_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t directory, const char *name)
{
	struct call call = call_begin(req, MESSAGE_LINK);
	struct fuse_entry_param entry = { 0 };
	int err;

	call_changes(&call);
	err = link_to(&call, node, directory, name, &entry);
	reply_entry(&call, err, &entry);
}

/* ---- removing ---- */

/* A package is only removed (and says itself why not); a log is its system's. */
static int unlink_in_files(struct call *call, struct place *place, const char *name)
{
	int err = tree_writable(place);

	if (err == -CSM_FIXED_ENTRY)
		return package_dir_unlink(call, place, name);
	return refusal(call, place, "unlink", name, err ? err : tree_unlink(call, place, name));
}

static int remove_name(struct call *call, fuse_ino_t directory, const char *name, bool is_directory)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(call->mount, directory, &place);

	if (err)
		return err;
	if (!place_in_tree(&place))
		return is_directory ? namespace_rmdir(call, &place, name)
				    : namespace_unlink(call, &place, name);
	if (!is_directory && place_in_files(&place))
		return unlink_in_files(call, &place, name);
	if (is_directory)
		err = tree_rmdir(call, &place, name);
	else
		err = tree_unlink(call, &place, name);
	return refusal(call, &place, is_directory ? "rmdir" : "unlink", name, err);
}

static void op_unlink(fuse_req_t req, fuse_ino_t directory, const char *name)
{
	struct call call = call_begin(req, MESSAGE_UNLINK);

	call_changes(&call);
	reply_code(&call, remove_name(&call, directory, name, false));
}

static void op_rmdir(fuse_req_t req, fuse_ino_t directory, const char *name)
{
	struct call call = call_begin(req, MESSAGE_RMDIR);

	call_changes(&call);
	reply_code(&call, remove_name(&call, directory, name, true));
}

/* ---- renaming ---- */

static int rename_name(struct call *call, fuse_ino_t directory, const char *name,
		       fuse_ino_t new_directory, const char *new_name, unsigned flags)
{
	_cleanup_(place_release) struct place from = PLACE_INIT, to = PLACE_INIT;
	int err = place_open(call->mount, directory, &from);

	if (!err)
		err = place_open(call->mount, new_directory, &to);
	if (err)
		return err;
	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (place_in_tree(&from) && place_in_tree(&to))
		return refusal(call, &from, "rename", name,
			       tree_rename(call, &from, name, &to, new_name, flags));
	if (place_in_tree(&from) || place_in_tree(&to))
		return refusal(call, &from, "rename", name, -CSM_CROSSES_LEVELS);
	return namespace_rename(call, &from, name, &to, new_name, flags);
}

static void op_rename(fuse_req_t req, fuse_ino_t directory, const char *name,
		      fuse_ino_t new_directory, const char *new_name, unsigned flags)
{
	struct call call = call_begin(req, flags ? MESSAGE_RENAME2 : MESSAGE_RENAME);

	call_changes(&call);
	reply_code(&call, rename_name(&call, directory, name, new_directory, new_name, flags));
}

void ops_name(struct fuse_lowlevel_ops *ops)
{
	ops->lookup = op_lookup;
	ops->forget = op_forget;
	ops->forget_multi = op_forget_multi;
	ops->readlink = op_readlink;
	ops->mknod = op_mknod;
	ops->mkdir = op_mkdir;
	ops->symlink = op_symlink;
	ops->link = op_link;
	ops->unlink = op_unlink;
	ops->rmdir = op_rmdir;
	ops->rename = op_rename;
}
