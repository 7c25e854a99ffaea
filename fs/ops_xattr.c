/*
 * Requests about extended attributes. Four kinds meet here: control attributes (fs/control.c,
 * never listed), the overlay's opaque mark of a directory in DELTA (what it means, the window
 * does), POSIX ACLs (which change the permissions with them), and all others, which are bytes.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "fs/acl.h"
#include "fs/control.h"
#include "fs/loop.h"
#include "fs/ops.h"
#include "fs/protocol.h"
#include "fs/tree.h"

static bool is_opaque_mark(const struct place *place, const char *name)
{
	return place_in_delta(place) &&
	       (strcmp(name, PROTOCOL_OPAQUE) == 0 || strcmp(name, PROTOCOL_OPAQUE_USER) == 0);
}

/* ---- reading ---- */

static int get_value(struct mount *mount, fuse_ino_t node, const char *name, struct buffer *ret_value)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(mount, node, &place);

	if (err)
		return err;
	if (control_is_ours(name))
		return control_get(&place, name, ret_value);
	if (!place_in_tree(&place))
		return -ENODATA;
	if (is_opaque_mark(&place, name)) {
		err = window_opaque(place.level, place.node.number);
		if (err == 1)
			buffer_u8(ret_value, 'y');
		return err == 0 ? -ENODATA : err < 0 ? err : 0;
	}
	return space_getxattr(place.space, place.node.number, name, ret_value);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t room)
{
	struct call call = call_begin(req, MESSAGE_GETXATTR);
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	int err = get_value(call.mount, node, name, &value);

	reply_value(&call, err, &value, room);
}

/* cp -a of a DELTA takes the opaque mark along: it is listed to whom trusted attributes are. */
static int list_names(struct call *call, fuse_ino_t node, struct buffer *ret_names)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(call->mount, node, &place);

	if (err || !place_in_tree(&place))
		return err;
	err = space_listxattr(place.space, place.node.number, ret_names);
	if (err || !place_in_delta(&place) || call->uid != 0)
		return err;
	if (window_opaque(place.level, place.node.number) == 1)
		buffer_add(ret_names, PROTOCOL_OPAQUE, sizeof(PROTOCOL_OPAQUE));
	return 0;
}

static void op_listxattr(fuse_req_t req, fuse_ino_t node, size_t room)
{
	struct call call = call_begin(req, MESSAGE_LISTXATTR);
	_cleanup_(cleanup_buffer) struct buffer names = BUFFER_INIT;
	int err = list_names(&call, node, &names);

	reply_value(&call, err, &names, room);
}

/* ---- the opaque mark ---- */

struct inherited {
	struct call *call;
	uint64_t directory;
};

static int note_name(void *context, const char *name, uint64_t number, uint32_t type, bool whiteout)
{
	const struct inherited *inherited = context;

	(void)number;
	(void)type;
	(void)whiteout;
	note_entry(&inherited->call->notes, inherited->directory, name);
	return 0;
}

/* Asked for again, what the directory had may be gone from BUILD: then all below its own name is forgotten. */
static void note_own_name(struct call *call, struct place *place)
{
	struct inode inode;

	if (loop_request()->resent && tree_inode(place, &inode) == 0 && inode.parent)
		note_entry(&call->notes, node_id(NODE_TREE, place->node.owner, inode.parent), inode.name);
}

/* Everything that BUILD has in the directory may be about to go. */
static int set_opaque(struct call *call, struct place *place, const struct slice *value)
{
	struct inherited inherited = {
		.call = call, .directory = node_id(NODE_TREE, place->node.owner, place->node.number)
	};
	int err;

	/* It deletes files and directories of whatever owner: the user form of the name is no way around. */
	if (call->uid != 0)
		return -EPERM;
	if (!value || value->size != 1 || *(const char *)value->data != 'y')
		return -EINVAL;
	note_own_name(call, place);
	err = window_list(place->level, WINDOW_BUILD, place->node.number, note_name, &inherited);
	if (!err)
		err = window_set_opaque(place->level, place->node.number);
	note_content(&call->notes, inherited.directory);
	return err;
}

/* ---- ACLs ---- */

/* Without CAP_FSETID, setfacl by somebody outside of the group takes set-group-ID away, as chmod does. */
static bool keeps_setgid(struct call *call, const struct inode *inode)
{
	gid_t groups[256];
	int count;

	if (call->uid == 0 || call->gid == inode->gid || !(inode->mode & S_ISGID) || S_ISDIR(inode->mode))
		return true;
	count = fuse_req_getgroups(call->req, 256, groups);
	for (int i = 0; i < count && i < 256; i++)
		if (groups[i] == inode->gid)
			return true;
	return false;
}

/* cp -a says the permissions of every file it copies in this way: no attributes, none is looked for. */
static int chmod_only(struct place *place, const struct inode *inode, uint32_t mode, const char *name)
{
	struct attr_change change = { .set = SET_MODE, .mode = mode & 07777 };
	struct inode changed;
	int err = -ENODATA;

	if (inode->has_xattrs)
		err = space_setxattr(place->space, place->node.number, name, NULL, 0, mode);
	return err == -ENODATA ? space_setattr(place->space, place->node.number, &change, &changed) : err;
}

/* An ACL that says no more than permissions is not kept: then it equals a plain chmod, also in the digest. */
static int set_access_acl(struct call *call, struct place *place, const struct slice *value, int flags)
{
	struct inode inode;
	mode_t permissions;
	int same = acl_permissions(*value, &permissions);
	int err = same < 0 ? same : tree_inode(place, &inode);

	if (err)
		return err;
	permissions |= inode.mode & ~(mode_t)0777;
	if (!keeps_setgid(call, &inode))
		permissions &= ~(mode_t)S_ISGID;
	if (same)
		return chmod_only(place, &inode, permissions, ACL_ACCESS);
	return space_setxattr(place->space, place->node.number, ACL_ACCESS, value, flags, permissions);
}

static int set_default_acl(struct place *place, const struct slice *value, int flags)
{
	struct inode inode;
	int err = acl_check(*value);

	if (!err)
		err = tree_inode(place, &inode);
	if (err)
		return err;
	if (!S_ISDIR(inode.mode))
		return -EACCES;
	return space_setxattr(place->space, place->node.number, ACL_DEFAULT, value, flags, 0);
}

/* ---- setting and removing ---- */

static bool is_acl(const char *name)
{
	return strcmp(name, ACL_ACCESS) == 0 || strcmp(name, ACL_DEFAULT) == 0;
}

/*
 * The kernel hands every name to a FUSE file system; a disk file system knows these spaces only.
 * What the overlay reads in DELTA cannot also be content: BUILD would be other than the overlay.
 */
static int check_name(const char *name)
{
	static const char *const spaces[] = { "user.", "trusted.", "security." };

	if (is_acl(name))
		return 0;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		size_t size = strlen(spaces[i]);

		if (strncmp(name, spaces[i], size) != 0)
			continue;
		if (!name[size])
			return -EINVAL;
		return strncmp(name + size, "overlay.", 8) == 0 && i < 2 ? -CSM_OVERLAY_MARK : 0;
	}
	return -EOPNOTSUPP;
}

/*
 * A deletion in DELTA has nothing to keep, but tar and cp -a say of it what they say of every
 * file they copy: that its ACL is its permissions, none.
 */
static int set_on_whiteout(const char *name, const struct slice *value)
{
	mode_t permissions;

	if (value && strcmp(name, ACL_ACCESS) == 0 && acl_permissions(*value, &permissions) == 1 && !permissions)
		return 0;
	return -EOPNOTSUPP;
}

static int set_in_tree(struct call *call, struct place *place, const char *name, const struct slice *value,
		       int flags)
{
	int err = place_in_files(place) ? tree_writable(place) : 0;

	if (err || request_is_done())
		return err;
	if (is_opaque_mark(place, name))
		return set_opaque(call, place, value);
	err = value ? check_name(name) : 0;
	if (err)
		return err;
	if (value && strcmp(name, ACL_ACCESS) == 0)
		return set_access_acl(call, place, value, flags);
	if (value && strcmp(name, ACL_DEFAULT) == 0)
		return set_default_acl(place, value, flags);
	err = space_setxattr(place->space, place->node.number, name, value, flags, 0);
	/* To remove an ACL that is not there is what setfacl -b does. */
	return err == -ENODATA && !value && is_acl(name) ? 0 : err;
}

static int set_value(struct call *call, fuse_ino_t node, const char *name, const struct slice *value, int flags)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(call->mount, node, &place);

	if (err)
		return err;
	if (control_is_ours(name))
		return control_set(call, &place, name, value);
	if (place.node.kind == NODE_WHITEOUT)
		return set_on_whiteout(name, value);
	if (!place_in_tree(&place))
		return -EOPNOTSUPP;
	err = set_in_tree(call, &place, name, value, flags);
	if (place_in_delta(&place))
		note_attributes(&call->notes, node_id(NODE_TREE, place.node.owner, place.node.number));
	return refusal(call, &place, value ? "setxattr" : "removexattr", NULL, err);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t node, const char *name, const char *value, size_t size,
			int flags)
{
	struct call call = call_begin(req, MESSAGE_SETXATTR);
	struct slice bytes = slice_of(value, size);

	call_changes(&call);
	reply_code(&call, set_value(&call, node, name, &bytes, flags));
}

static void op_removexattr(fuse_req_t req, fuse_ino_t node, const char *name)
{
	struct call call = call_begin(req, MESSAGE_REMOVEXATTR);

	call_changes(&call);
	reply_code(&call, set_value(&call, node, name, NULL, 0));
}

void ops_xattr(struct fuse_lowlevel_ops *ops)
{
	ops->getxattr = op_getxattr;
	ops->listxattr = op_listxattr;
	ops->setxattr = op_setxattr;
	ops->removexattr = op_removexattr;
}
