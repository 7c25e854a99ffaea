/*
 * Requests about attributes. What is not in a tree has fixed ones: setting what is already
 * so succeeds (cp -a and tar do that), anything else is refused.
 *
 * An access ACL and the permissions say the same thing twice; chmod changes both in one step.
 * Set-user-ID bits: the kernel, which knows the caller's capabilities, says when a cut takes them away; chown(2)
 * always does.
 */
#include <errno.h>
#include <sys/stat.h>

#include "fs/acl.h"
#include "fs/loop.h"
#include "fs/ops.h"
#include "fs/text.h"
#include "fs/tree.h"

static int get_attributes(struct mount *mount, fuse_ino_t node, struct stat *ret_stat,
			  double *ret_timeout)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(mount, node, &place);

	return err ? err : place_stat(&place, ret_stat, ret_timeout);
}

static void op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_GETATTR);
	struct stat stat = { 0 };
	double timeout = AT_ONCE;
	int err = 0;

	/* asked by who reads it: of the text that is read */
	if (!info || !text_kept(call.mount, node, &stat)) {
		err = get_attributes(call.mount, node, &stat, &timeout);
		call.is_of_text = !err && text_is(node);
	}
	if (call.is_of_text)
		note_content(&call.notes, node);
	reply_attr(&call, err, &stat, timeout);
}

/* ---- what has no inode ---- */

/* Times of what is virtual are nobody's to keep; a size of nothing is what O_TRUNC asks for. */
static int set_fixed(struct place *place, const struct stat *wanted, int to_set,
		     struct stat *ret_stat, double *ret_timeout)
{
	int err = place_stat(place, ret_stat, ret_timeout);

	if (err)
		return err;
	if ((to_set & FUSE_SET_ATTR_MODE) && ((wanted->st_mode ^ ret_stat->st_mode) & 07777))
		return -CSM_FIXED_ENTRY;
	if ((to_set & FUSE_SET_ATTR_UID) && wanted->st_uid != ret_stat->st_uid)
		return -CSM_FIXED_ENTRY;
	if ((to_set & FUSE_SET_ATTR_GID) && wanted->st_gid != ret_stat->st_gid)
		return -CSM_FIXED_ENTRY;
	if ((to_set & FUSE_SET_ATTR_SIZE) && wanted->st_size != 0)
		return -CSM_FIXED_ENTRY;
	return 0;
}

/* ---- inodes ---- */

static struct attr_change change_of(const struct stat *wanted, int to_set)
{
	struct attr_change change = {
		.mode = wanted->st_mode & 07777,
		.uid = wanted->st_uid,
		.gid = wanted->st_gid,
		.size = (uint64_t)wanted->st_size,
		.atime = wanted->st_atim,
		.mtime = wanted->st_mtim,
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	change.set |= to_set & FUSE_SET_ATTR_MODE ? SET_MODE : 0;
	change.set |= to_set & FUSE_SET_ATTR_UID ? SET_UID : 0;
	change.set |= to_set & FUSE_SET_ATTR_GID ? SET_GID : 0;
	change.set |= to_set & FUSE_SET_ATTR_SIZE ? SET_SIZE : 0;
	/* who changes the mode in the same step says what is left of it */
	change.kill_priv = loop_request()->kill_priv ||
			   ((change.set & (SET_UID | SET_GID)) && !(change.set & SET_MODE));
	change.set |= to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW) ? SET_ATIME : 0;
	change.set |= to_set & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW) ? SET_MTIME : 0;
	if (to_set & FUSE_SET_ATTR_ATIME_NOW)
		change.atime = now;
	if (to_set & FUSE_SET_ATTR_MTIME_NOW)
		change.mtime = now;
	return change;
}

/* All xattrs of the inode with its access ACL, if there is one, changed to mean mode; else none. */
static int chmod_acl(struct place *place, uint32_t mode, struct xattrs *ret_xattrs)
{
	_cleanup_(cleanup_view) struct view *view = space_view(place->space);
	_cleanup_(cleanup_buffer) struct buffer changed = BUFFER_INIT;
	const struct xattr *acl;
	struct inode inode;
	int err = view ? space_inode(place->space, place->node.number, &inode) : -ENOMEM;

	if (err || !inode.has_xattrs)
		return err;
	err = view_xattrs(view, &inode, ret_xattrs);
	if (err)
		return err;
	acl = xattrs_find(ret_xattrs, ACL_ACCESS);
	if (!acl) {
		xattrs_release(ret_xattrs);
		*ret_xattrs = (struct xattrs)XATTRS_INIT;
		return 0;
	}
	buffer_add(&changed, acl->value.data, acl->value.size);
	if (buffer_failed(&changed))
		return -ENOMEM;
	err = acl_chmod(&changed, mode);
	/* The same length: written where the old one is, inside the set's own bytes. */
	if (!err)
		memcpy(ret_xattrs->bytes.data +
			       ((const uint8_t *)acl->value.data - ret_xattrs->bytes.data),
		       changed.data, changed.size);
	return err;
}

static int set_in_tree(struct place *place, const struct stat *wanted, int to_set,
		       struct stat *ret_stat, double *ret_timeout)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	struct attr_change change = change_of(wanted, to_set);
	struct window_entry changed = { .whiteout = false };
	struct fuse_entry_param entry;
	int err = place_in_files(place) ? tree_writable(place) : 0;

	if (!err && (change.set & SET_MODE))
		err = chmod_acl(place, change.mode, &xattrs);
	if (err)
		return err;
	if (xattrs.count)
		change.xattrs = &xattrs;
	err = space_setattr(place->space, place->node.number, &change, &changed.inode);
	if (err)
		return err;
	tree_entry(place, &changed, &entry);
	*ret_stat = entry.attr;
	*ret_timeout = entry.attr_timeout;
	return 0;
}

static int set_attributes(struct call *call, fuse_ino_t node, const struct stat *wanted, int to_set,
			  struct stat *ret_stat, double *ret_timeout)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(call->mount, node, &place);

	if (err)
		return err;
	if (place_in_tree(&place))
		err = set_in_tree(&place, wanted, to_set, ret_stat, ret_timeout);
	else
		err = set_fixed(&place, wanted, to_set, ret_stat, ret_timeout);
	if (place_in_delta(&place))
		note_attributes(&call->notes,
				node_id(NODE_TREE, place.node.owner, place.node.number));
	return refusal(call, &place, "setattr", NULL, err);
}

static void op_setattr(fuse_req_t req, fuse_ino_t node, struct stat *wanted, int to_set,
		       struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_SETATTR);
	struct stat stat = { 0 };
	double timeout = 0;
	int err = set_attributes(&call, node, wanted, to_set, &stat, &timeout);

	(void)info;
	reply_attr(&call, err, &stat, timeout);
}

void ops_attributes(struct fuse_lowlevel_ops *ops)
{
	ops->getattr = op_getattr;
	ops->setattr = op_setattr;
}
