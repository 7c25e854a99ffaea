/*
 * From an inode to a member.
 *
 * What goes in is what the level is: mode, numeric owner, mtime, xattrs, ACLs, content.
 * What stays out is what the store or the clock made: inode numbers, ctime, atime, names
 * of users. Holes come from the view, where zeros are always holes, so they depend on the
 * bytes of a file alone, too.
 */
#include "store/package/member.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <archive.h>

#include "store/base/cleanup.h"
#include "store/package/acl.h"

static void cleanup_entry(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

/*
 * A time before 1970 is cut to its second: libarchive writes -5 seconds and 3 parts of one
 * as "-5.3", which is another time.
 */
static struct archive_entry *new_entry(const struct inode *inode, const char *path)
{
	struct archive_entry *entry = archive_entry_new();
	const struct timespec *mtime = &inode->mtime;

	if (!entry)
		return NULL;
	archive_entry_copy_pathname(entry, path);
	archive_entry_set_mode(entry, inode->mode);
	archive_entry_set_uid(entry, inode->uid);
	archive_entry_set_gid(entry, inode->gid);
	archive_entry_set_mtime(entry, mtime->tv_sec, mtime->tv_sec < 0 ? 0 : mtime->tv_nsec);
	return entry;
}

static int add_acl(struct archive_entry *entry, const struct xattr *xattr)
{
	if (strcmp(xattr->name, ACL_ACCESS_XATTR) == 0)
		return acl_add_to_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, xattr->value);
	if (strcmp(xattr->name, ACL_DEFAULT_XATTR) == 0)
		return acl_add_to_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, xattr->value);
	return -EBADMSG;
}

/* An ACL that does not decode is kept as the plain xattr it is. */
static int add_xattrs(struct archive_entry *entry, struct view *view, const struct inode *inode)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	int r = inode->has_xattrs ? view_xattrs(view, inode, &xattrs) : 0;

	for (size_t i = 0; r == 0 && i < xattrs.count; i++) {
		const struct xattr *xattr = &xattrs.list[i];

		r = add_acl(entry, xattr);
		if (r == -EBADMSG) {
			archive_entry_xattr_add_entry(entry, xattr->name, xattr->value.data,
						      xattr->value.size);
			r = 0;
		}
	}
	return r;
}

static int add_target(struct archive_entry *entry, struct view *view, const struct inode *inode)
{
	_cleanup_(buffer_release) struct buffer target = BUFFER_INIT;
	int r = view_target(view, inode->number, &target);

	buffer_u8(&target, '\0');
	if (r == 0 && buffer_failed(&target))
		r = -ENOMEM;
	if (r == 0)
		archive_entry_copy_symlink(entry, (const char *)target.data);
	return r;
}

/* The stretch of data at or behind offset; at the end of the data both are the file's size. */
static int next_data(struct view *view, const struct inode *inode, uint64_t offset,
		     uint64_t *ret_begin, uint64_t *ret_end)
{
	int r = offset < inode->size ? view_seek(view, inode, offset, SEEK_DATA, ret_begin)
				     : -ENXIO;

	if (r == -ENXIO) {
		*ret_begin = *ret_end = inode->size;
		return 0;
	}
	return r < 0 ? r : view_seek(view, inode, *ret_begin, SEEK_HOLE, ret_end);
}

/*
 * Only a file with holes gets a map. libarchive's map of a file that is all hole is one
 * empty stretch.
 */
static int add_holes(struct archive_entry *entry, struct view *view, const struct inode *inode)
{
	uint64_t begin = 0, end = 0;
	int r = next_data(view, inode, 0, &begin, &end);

	if (r < 0 || (begin == 0 && end == inode->size))
		return r;
	if (begin == inode->size)
		archive_entry_sparse_add_entry(entry, 0, 0);
	while (r == 0 && begin < inode->size) {
		archive_entry_sparse_add_entry(entry, (la_int64_t)begin, (la_int64_t)(end - begin));
		r = next_data(view, inode, end, &begin, &end);
	}
	return r;
}

struct copy {
	struct tarball *tarball;
	struct view *view;
	const struct inode *inode;
	struct hasher *hasher;
	uint8_t *block; /* BLOCK_SIZE bytes */
};

static int copy_stretch(struct copy *copy, uint64_t offset, uint64_t end, bool is_hole)
{
	int r = 0;

	if (is_hole)
		memset(copy->block, 0, BLOCK_SIZE);
	while (r == 0 && offset < end) {
		size_t size = end - offset < BLOCK_SIZE ? (size_t)(end - offset) : BLOCK_SIZE;
		size_t got = size;

		if (!is_hole)
			r = view_read(copy->view, copy->inode, offset, copy->block, size, &got);
		if (r == 0 && got != size)
			r = -EIO;
		if (r < 0)
			break;
		hasher_add(copy->hasher, copy->block, size);
		r = tarball_data(copy->tarball, copy->block, size);
		offset += size;
	}
	return r;
}

/*
 * Holes are handed over as zeros: libarchive leaves out what the map says, and the
 * digest is of all bytes.
 */
static int copy_all(struct copy *copy)
{
	uint64_t at = 0, begin = 0, end = 0;
	int r = 0;

	while (r == 0 && at < copy->inode->size) {
		r = next_data(copy->view, copy->inode, at, &begin, &end);
		if (r == 0)
			r = copy_stretch(copy, at, begin, true);
		if (r == 0)
			r = copy_stretch(copy, begin, end, false);
		at = end;
	}
	return r;
}

static int copy_content(struct tarball *tarball, struct view *view, const struct inode *inode,
			struct digest *ret_digest)
{
	_cleanup_(cleanup_hasher) struct hasher *hasher = hasher_new();
	_cleanup_free_ uint8_t *block = malloc(BLOCK_SIZE);
	struct copy copy = { tarball, view, inode, hasher, block };
	int r = hasher && block ? 0 : -ENOMEM;

	if (r == 0)
		r = copy_all(&copy);
	if (r == 0)
		hasher_end(hasher, ret_digest);
	return r;
}

static int describe(struct archive_entry *entry, struct view *view, const struct inode *inode)
{
	int r = add_xattrs(entry, view, inode);

	if (r < 0)
		return r;
	if (S_ISLNK(inode->mode))
		return add_target(entry, view, inode);
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		archive_entry_set_rdev(entry, (dev_t)inode->rdev);
	if (!S_ISREG(inode->mode))
		return 0;
	archive_entry_set_size(entry, (la_int64_t)inode->size);
	return add_holes(entry, view, inode);
}

int member_write(struct tarball *tarball, struct view *view, const struct inode *inode,
		 const char *path, struct digest *ret_digest)
{
	_cleanup_(cleanup_entry) struct archive_entry *entry = new_entry(inode, path);
	int r = entry ? describe(entry, view, inode) : -ENOMEM;

	if (r == 0)
		r = tarball_member(tarball, entry);
	if (r == 0 && S_ISREG(inode->mode))
		r = copy_content(tarball, view, inode, ret_digest);
	return r;
}

int member_write_hardlink(struct tarball *tarball, const struct inode *inode, const char *path,
			  const char *first)
{
	_cleanup_(cleanup_entry) struct archive_entry *entry = new_entry(inode, path);

	if (!entry)
		return -ENOMEM;
	archive_entry_copy_hardlink(entry, first);
	return tarball_member(tarball, entry);
}

int member_write_whiteout(struct tarball *tarball, const char *path)
{
	struct inode device = { .mode = S_IFCHR };

	return member_write(tarball, NULL, &device, path, NULL);
}
