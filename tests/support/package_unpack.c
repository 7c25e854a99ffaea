/*
 * A receiver, small enough to be believed: libarchive reads a SERVLINK, and each member is
 * done to a space by the calls a program on the mount would make.
 */
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "store/base/cleanup.h"
#include "store/package/acl.h"
#include "tests/support/package_fixture.h"

#define PIECE 65536

static struct archive *open_archive(struct slice servlink)
{
	struct archive *archive = archive_read_new();

	assert_non_null(archive);
	assert_int_equal(archive_read_support_filter_lz4(archive), ARCHIVE_OK);
	assert_int_equal(archive_read_support_format_tar(archive), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(archive, servlink.data, servlink.size),
			 ARCHIVE_OK);
	return archive;
}

static bool next_member(struct archive *archive, struct archive_entry **ret_entry)
{
	int result = archive_read_next_header(archive, ret_entry);

	if (result == ARCHIVE_EOF)
		return false;
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		fail_msg("%s", archive_error_string(archive));
	return true;
}

static bool is_whiteout(struct archive_entry *entry)
{
	return archive_entry_filetype(entry) == AE_IFCHR && archive_entry_rdev(entry) == 0;
}

/* ---- listing ---- */

static const char *kind(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return "hardlink";
	if (is_whiteout(entry))
		return "whiteout";
	switch (archive_entry_filetype(entry)) {
	case AE_IFDIR:
		return "directory";
	case AE_IFREG:
		return "file";
	case AE_IFLNK:
		return "symlink";
	case AE_IFCHR:
		return "char";
	case AE_IFBLK:
		return "block";
	case AE_IFIFO:
		return "fifo";
	default:
		return "?";
	}
}

/* libarchive ends the name of a directory with a slash. */
static char *member_path(struct archive_entry *entry)
{
	char *path = strdup(archive_entry_pathname(entry));
	size_t size = strlen(path);

	assert_non_null(path);
	if (size > 0 && path[size - 1] == '/')
		path[size - 1] = '\0';
	return path;
}

void fixture_list_servlink(struct slice servlink, struct buffer *ret_lines)
{
	struct archive *archive = open_archive(servlink);
	struct archive_entry *entry;

	buffer_clear(ret_lines);
	while (next_member(archive, &entry)) {
		_cleanup_free_ char *path = member_path(entry);
		const char *target = archive_entry_hardlink(entry);

		if (!target)
			target = archive_entry_symlink(entry);
		buffer_printf(ret_lines, "%s %04o %d:%d %s", kind(entry), archive_entry_perm(entry),
			      (int)archive_entry_uid(entry), (int)archive_entry_gid(entry), path);
		if (target)
			buffer_printf(ret_lines, " -> %s", target);
		buffer_u8(ret_lines, '\n');
	}
	buffer_u8(ret_lines, '\0');
	archive_read_free(archive);
}

/* ---- attributes ---- */

struct attributes {
	struct buffer bytes; /* names and values */
	struct xattr list[64];
	size_t count;
};

static void add_attribute(struct attributes *attributes, const char *name, const void *value,
			  size_t size)
{
	assert_true(attributes->count < 64);
	/* Values stay where they are: bytes was given its room before. */
	assert_true(attributes->bytes.capacity - attributes->bytes.size > strlen(name) + 1 + size);
	attributes->list[attributes->count].name =
		(char *)attributes->bytes.data + attributes->bytes.size;
	buffer_add(&attributes->bytes, name, strlen(name) + 1);
	attributes->list[attributes->count++].value =
		slice_of(attributes->bytes.data + attributes->bytes.size, size);
	buffer_add(&attributes->bytes, value, size);
}

static uint16_t kernel_tag(int tag)
{
	switch (tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return ACL_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_USER:
		return ACL_USER;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return ACL_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return ACL_GROUP;
	case ARCHIVE_ENTRY_ACL_MASK:
		return ACL_MASK;
	default:
		return ACL_OTHER;
	}
}

/* The kernel keeps the entries of an ACL in the order of their tags. */
static void add_acl(struct attributes *attributes, struct archive_entry *entry, int type,
		    const char *name)
{
	static const uint16_t order[] = { ACL_USER_OBJ, ACL_USER, ACL_GROUP_OBJ,
					  ACL_GROUP,	ACL_MASK, ACL_OTHER };
	_cleanup_(buffer_release) struct buffer acl = BUFFER_INIT;
	int found, permissions, tag, id;
	const char *text;

	buffer_le32(&acl, POSIX_ACL_XATTR_VERSION);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		archive_entry_acl_reset(entry, type);
		while (archive_entry_acl_next(entry, type, &found, &permissions, &tag, &id,
					      &text) == ARCHIVE_OK) {
			if (kernel_tag(tag) != order[i])
				continue;
			buffer_le16(&acl, order[i]);
			buffer_le16(&acl, (uint16_t)permissions);
			if (tag != ARCHIVE_ENTRY_ACL_USER && tag != ARCHIVE_ENTRY_ACL_GROUP)
				buffer_le32(&acl, UINT32_MAX);
			else
				buffer_le32(&acl, text && *text ? (uint32_t)strtoul(text, NULL, 10)
								: (uint32_t)id);
		}
	}
	if (acl.size > 4)
		add_attribute(attributes, name, acl.data, acl.size);
}

static int compare_attributes(const void *a, const void *b)
{
	return strcmp(((const struct xattr *)a)->name, ((const struct xattr *)b)->name);
}

static void read_attributes(struct archive_entry *entry, struct attributes *ret_attributes)
{
	const char *name;
	const void *value;
	size_t size;

	assert_int_equal(buffer_reserve(&ret_attributes->bytes, 1 << 20), 0);
	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
		add_attribute(ret_attributes, name, value, size);
	if (archive_entry_acl_count(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS) > 3)
		add_acl(ret_attributes, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ACL_ACCESS_XATTR);
	add_acl(ret_attributes, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, ACL_DEFAULT_XATTR);
	qsort(ret_attributes->list, ret_attributes->count, sizeof(struct xattr),
	      compare_attributes);
}

static uint32_t mask_of_acl(struct archive_entry *entry, uint32_t mode)
{
	int found, permissions, tag, id;
	const char *text;

	archive_entry_acl_reset(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS);
	while (archive_entry_acl_next(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &found, &permissions,
				      &tag, &id, &text) == ARCHIVE_OK)
		if (tag == ARCHIVE_ENTRY_ACL_MASK)
			return (mode & ~070u) | (uint32_t)permissions << 3;
	return mode;
}

static void set_attributes(struct space *space, uint64_t number, struct archive_entry *entry)
{
	struct attributes attributes = { BUFFER_INIT, { { NULL, { NULL, 0 } } }, 0 };
	struct xattrs xattrs = XATTRS_INIT;
	struct attr_change change = {
		.set = SET_MODE | SET_UID | SET_GID | SET_MTIME,
		.mode = mask_of_acl(entry, archive_entry_perm(entry)),
		.uid = (uint32_t)archive_entry_uid(entry),
		.gid = (uint32_t)archive_entry_gid(entry),
		.mtime = { archive_entry_mtime(entry), archive_entry_mtime_nsec(entry) },
		.xattrs = &xattrs,
	};
	struct inode inode;

	read_attributes(entry, &attributes);
	xattrs.list = attributes.list;
	xattrs.count = attributes.count;
	assert_int_equal(space_setattr(space, number, &change, &inode), 0);
	buffer_release(&attributes.bytes);
}

/* ---- members ---- */

static void copy_content(struct space *space, uint64_t number, struct archive *archive,
			 struct archive_entry *entry)
{
	struct attr_change size = { .set = SET_SIZE, .size = (uint64_t)archive_entry_size(entry) };
	struct inode inode;
	const void *data;
	size_t got;
	la_int64_t offset;

	while (archive_read_data_block(archive, &data, &got, &offset) == ARCHIVE_OK)
		if (got > 0)
			fixture_write(space, number, (uint64_t)offset, data, got);
	assert_int_equal(space_setattr(space, number, &size, &inode), 0);
}

struct place {
	uint64_t directory;
	const char *name;
	struct inode inode; /* what is there; number 0: nothing */
};

static void find_place(struct space *space, char *path, struct place *ret_place)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	ret_place->directory = fixture_path(space, slash ? path : "");
	ret_place->name = slash ? slash + 1 : path;
	assert_int_not_equal(ret_place->directory, 0);
	if (space_lookup(space, ret_place->directory, ret_place->name, &ret_place->inode))
		ret_place->inode.number = 0;
}

static void clear_place(struct space *space, struct place *place)
{
	if (place->inode.number && S_ISDIR(place->inode.mode))
		assert_int_equal(space_remove_all(space, place->directory, place->name), 0);
	else if (place->inode.number)
		assert_int_equal(space_unlink(space, place->directory, place->name), 0);
}

static uint64_t create(struct space *space, struct place *place, struct archive_entry *entry)
{
	struct new_inode new_inode = {
		.mode = archive_entry_filetype(entry) | 0600,
		.rdev = archive_entry_rdev(entry),
		.target = archive_entry_symlink(entry),
	};
	struct inode inode;

	if (archive_entry_filetype(entry) == AE_IFDIR && place->inode.number &&
	    S_ISDIR(place->inode.mode))
		return place->inode.number;
	clear_place(space, place);
	assert_int_equal(space_create(space, place->directory, place->name, &new_inode,
				      (enum edit_flags)0, &inode),
			 0);
	return inode.number;
}

static void unpack_member(struct space *space, struct archive *archive, struct archive_entry *entry)
{
	_cleanup_free_ char *path = member_path(entry);
	const char *first = archive_entry_hardlink(entry);
	struct place place;
	struct inode inode;
	uint64_t number;

	find_place(space, path, &place);
	if (first || is_whiteout(entry)) {
		clear_place(space, &place);
		if (first)
			assert_int_equal(space_link(space, fixture_path(space, first),
						    place.directory, place.name, (enum edit_flags)0,
						    &inode),
					 0);
		return;
	}
	number = create(space, &place, entry);
	if (archive_entry_filetype(entry) == AE_IFREG)
		copy_content(space, number, archive, entry);
	set_attributes(space, number, entry);
}

/* The times of directories last, as tar does: what is put into them changes them. */
static void set_directories(struct space *space, struct slice servlink)
{
	struct archive *archive = open_archive(servlink);
	struct archive_entry *entry;

	while (next_member(archive, &entry)) {
		_cleanup_free_ char *path = member_path(entry);

		if (archive_entry_filetype(entry) == AE_IFDIR)
			set_attributes(space, fixture_path(space, path), entry);
	}
	archive_read_free(archive);
}

void fixture_unpack(struct space *space, struct slice servlink)
{
	/*
	 * In a UTF-8 locale libarchive would compose the characters of names; in this
	 * one it keeps the bytes.
	 */
	locale_t locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0), before = uselocale(locale);
	struct archive *archive = open_archive(servlink);
	struct archive_entry *entry;

	while (next_member(archive, &entry))
		unpack_member(space, archive, entry);
	archive_read_free(archive);
	set_directories(space, servlink);
	uselocale(before);
	freelocale(locale);
}

static int report_difference(void *context, const struct diff_entry *entry)
{
	print_error("%s differs (%d)\n", entry->path, (int)entry->kind);
	++*(unsigned *)context;
	return 0;
}

void fixture_assert_equal(struct view *a, struct view *b, uint64_t root)
{
	unsigned differences = 0;

	assert_int_equal(view_diff(a, b, root, report_difference, &differences), 0);
	assert_int_equal(differences, 0);
}
