/*
 * The xattr form of a POSIX ACL is the kernel's (linux/posix_acl_xattr.h): le32 version 2,
 * then for each entry le16 tag, le16 permissions, le32 id. It reached the store through
 * setxattr, and nothing on the way looked at all of it; so all of it is looked at before
 * anything is added.
 */
#include "store/package/acl.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include <archive.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

/* The kernel's id of an entry that has none. */
#define NO_ID UINT32_MAX

static int archive_tag(uint16_t tag)
{
	switch (tag) {
	case ACL_USER_OBJ:
		return ARCHIVE_ENTRY_ACL_USER_OBJ;
	case ACL_USER:
		return ARCHIVE_ENTRY_ACL_USER;
	case ACL_GROUP_OBJ:
		return ARCHIVE_ENTRY_ACL_GROUP_OBJ;
	case ACL_GROUP:
		return ARCHIVE_ENTRY_ACL_GROUP;
	case ACL_MASK:
		return ARCHIVE_ENTRY_ACL_MASK;
	case ACL_OTHER:
		return ARCHIVE_ENTRY_ACL_OTHER;
	default:
		return 0;
	}
}

struct acl_row {
	uint16_t tag;
	uint16_t permissions;
	uint32_t id;
};

static bool has_id(const struct acl_row *row)
{
	return row->tag == ACL_USER || row->tag == ACL_GROUP;
}

/* The next row; false at the end, and in front of what is no row. */
static bool next_row(struct reader *reader, struct acl_row *ret_row)
{
	if (reader->left == 0)
		return false;
	ret_row->tag = reader_le16(reader);
	ret_row->permissions = reader_le16(reader);
	ret_row->id = reader_le32(reader);
	if (!archive_tag(ret_row->tag) || ret_row->permissions > 7 ||
	    (has_id(ret_row) && ret_row->id == NO_ID))
		reader->bad = true;
	return !reader->bad;
}

/*
 * The kernel's permission bits are libarchive's: read 4, write 2, execute 1. An id beyond
 * INT_MAX has no place in libarchive's int, so it is given as the name, which is where
 * the text form of an ACL has it anyway.
 */
static int add_row(struct archive_entry *entry, int type, const struct acl_row *row)
{
	char name[16];
	int id = -1, result;

	snprintf(name, sizeof(name), "%" PRIu32, row->id);
	if (has_id(row))
		id = row->id > INT_MAX ? 0 : (int)row->id;
	result = archive_entry_acl_add_entry(entry, type, row->permissions, archive_tag(row->tag),
					     id, has_id(row) && row->id > INT_MAX ? name : NULL);
	return result == ARCHIVE_OK ? 0 : -ENOMEM;
}

static bool begin(struct reader *reader, struct slice value)
{
	*reader = reader_of(value);
	return reader_le32(reader) == POSIX_ACL_XATTR_VERSION;
}

int acl_add_to_entry(struct archive_entry *entry, int type, struct slice value)
{
	struct reader reader;
	struct acl_row row;
	int r = 0;

	if (!begin(&reader, value))
		return -EBADMSG;
	while (next_row(&reader, &row))
		;
	if (!reader_done(&reader))
		return -EBADMSG;
	begin(&reader, value);
	while (r == 0 && next_row(&reader, &row))
		r = add_row(entry, type, &row);
	return r;
}
