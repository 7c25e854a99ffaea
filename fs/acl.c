/*
 * The bytes: a 32-bit version (2), then entries of 16-bit tag, 16-bit permissions, 32-bit id,
 * little-endian, in the order owner, users, group, groups, mask, others. This is kernel
 * interface (linux/posix_acl_xattr.h), not ours, and the store keeps it as it came.
 *
 * The rules are those of acl(5) and of the kernel's posix_acl_create_masq(),
 * __posix_acl_chmod_masq() and posix_acl_equiv_mode().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/acl.h"
#include "store/base/cleanup.h"

#define ACL_VERSION 2
#define HEADER_SIZE 4u
#define ENTRY_SIZE 8u

enum tag { TAG_OWNER = 1, TAG_USER = 2, TAG_GROUP = 4, TAG_NAMED_GROUP = 8, TAG_MASK = 16, TAG_OTHERS = 32 };

struct entry {
	unsigned tag, permissions;
};

/* Where the three permission groups of the mode stand in the ACL: entry numbers. */
struct shape {
	size_t count, owner, group, mask, others;
	bool has_mask, is_minimal;
};

static struct entry entry_at(const uint8_t *bytes, size_t index)
{
	const uint8_t *p = bytes + HEADER_SIZE + index * ENTRY_SIZE;

	return (struct entry){ .tag = (unsigned)(p[0] | p[1] << 8), .permissions = (unsigned)(p[2] | p[3] << 8) };
}

static void set_permissions(uint8_t *bytes, size_t index, unsigned permissions)
{
	uint8_t *p = bytes + HEADER_SIZE + index * ENTRY_SIZE;

	p[2] = (uint8_t)permissions;
	p[3] = 0;
}

static int note_entry(struct shape *shape, size_t index, const struct entry *entry, unsigned *seen)
{
	bool is_named = entry->tag == TAG_USER || entry->tag == TAG_NAMED_GROUP;

	if (entry->permissions > 7 || (!is_named && (*seen & entry->tag)))
		return -EINVAL;
	*seen |= entry->tag;
	if (entry->tag == TAG_OWNER)
		shape->owner = index;
	else if (entry->tag == TAG_GROUP)
		shape->group = index;
	else if (entry->tag == TAG_OTHERS)
		shape->others = index;
	else if (entry->tag == TAG_MASK)
		shape->mask = index;
	else if (!is_named)
		return -EINVAL;
	return 0;
}

static int shape_of(struct slice bytes, struct shape *ret_shape)
{
	struct shape shape = { 0 };
	const uint8_t *data = bytes.data;
	unsigned seen = 0;

	if (bytes.size < HEADER_SIZE || (bytes.size - HEADER_SIZE) % ENTRY_SIZE || get_le32(data) != ACL_VERSION)
		return -EINVAL;
	shape.count = (bytes.size - HEADER_SIZE) / ENTRY_SIZE;
	for (size_t i = 0; i < shape.count; i++) {
		struct entry entry = entry_at(data, i);

		if (note_entry(&shape, i, &entry, &seen))
			return -EINVAL;
	}
	if ((seen & (TAG_OWNER | TAG_GROUP | TAG_OTHERS)) != (TAG_OWNER | TAG_GROUP | TAG_OTHERS))
		return -EINVAL;
	shape.has_mask = seen & TAG_MASK;
	if (!shape.has_mask && (seen & (TAG_USER | TAG_NAMED_GROUP)))
		return -EINVAL;
	shape.is_minimal = shape.count == 3;
	*ret_shape = shape;
	return 0;
}

int acl_check(struct slice bytes)
{
	struct shape shape;

	return shape_of(bytes, &shape);
}

int acl_permissions(struct slice bytes, mode_t *ret_permissions)
{
	struct shape shape;
	int err = shape_of(bytes, &shape);
	size_t middle;

	if (err)
		return err;
	middle = shape.has_mask ? shape.mask : shape.group;
	*ret_permissions = entry_at(bytes.data, shape.owner).permissions << 6 |
			   entry_at(bytes.data, middle).permissions << 3 |
			   entry_at(bytes.data, shape.others).permissions;
	return shape.is_minimal;
}

int acl_chmod(struct buffer *bytes, mode_t permissions)
{
	struct shape shape;
	int err = shape_of(buffer_slice(bytes), &shape);

	if (err)
		return err;
	set_permissions(bytes->data, shape.owner, permissions >> 6 & 7);
	set_permissions(bytes->data, shape.has_mask ? shape.mask : shape.group, permissions >> 3 & 7);
	set_permissions(bytes->data, shape.others, permissions & 7);
	return 0;
}

/* The attribute set with the values behind the names; the list points into the bytes once they stand. */
static int make_xattrs(const struct slice *access, const struct slice *initial, struct xattrs *ret_xattrs)
{
	_cleanup_(xattrs_release) struct xattrs set = XATTRS_INIT;
	const char *names[2] = { ACL_ACCESS, ACL_DEFAULT };
	const struct slice *values[2] = { access, initial };
	size_t at = 0;

	set.list = calloc(2, sizeof(set.list[0]));
	for (size_t i = 0; i < 2; i++) {
		if (!values[i])
			continue;
		buffer_add(&set.bytes, names[i], strlen(names[i]) + 1);
		buffer_add(&set.bytes, values[i]->data, values[i]->size);
	}
	if (!set.list || buffer_failed(&set.bytes))
		return -ENOMEM;
	for (size_t i = 0; i < 2; i++) {
		struct xattr *xattr = &set.list[set.count];

		if (!values[i])
			continue;
		xattr->name = (const char *)set.bytes.data + at;
		at += strlen(names[i]) + 1;
		xattr->value = slice_of(set.bytes.data + at, values[i]->size);
		at += values[i]->size;
		set.count++;
	}
	*ret_xattrs = set;
	set = (struct xattrs)XATTRS_INIT;
	return 0;
}

/* Both are cut by each other: the entry in the ACL and its three bits of the mode. */
static void cut(struct buffer *acl, size_t index, unsigned shift, mode_t *mode)
{
	unsigned both = entry_at(acl->data, index).permissions & (*mode >> shift & 7);

	set_permissions(acl->data, index, both);
	*mode = (*mode & ~((mode_t)7 << shift)) | (mode_t)both << shift;
}

int acl_inherit(struct slice default_acl, mode_t mode, mode_t *ret_mode, struct xattrs *ret_xattrs)
{
	_cleanup_(cleanup_buffer) struct buffer access = BUFFER_INIT;
	struct slice access_slice;
	struct shape shape;
	int err = shape_of(default_acl, &shape);

	if (err)
		return err;
	buffer_add(&access, default_acl.data, default_acl.size);
	if (buffer_failed(&access))
		return -ENOMEM;
	cut(&access, shape.owner, 6, &mode);
	cut(&access, shape.has_mask ? shape.mask : shape.group, 3, &mode);
	cut(&access, shape.others, 0, &mode);
	access_slice = buffer_slice(&access);
	err = make_xattrs(shape.is_minimal ? NULL : &access_slice, S_ISDIR(mode) ? &default_acl : NULL, ret_xattrs);
	if (!err)
		*ret_mode = mode;
	return err;
}
