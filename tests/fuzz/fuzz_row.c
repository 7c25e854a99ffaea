/*
 * Rows of the tree room: every decoder of store/tree/row.h on the same bytes. They share no
 * form, so one corpus serves them all.
 */
#include "store/tree/row.h"
#include "tests/fuzz/fuzz.h"

/* The name at the end of a key, which is there and fits. */
static void copy_name(struct slice rest, size_t skip, char ret_name[NAME_LENGTH_MAX + 1])
{
	memcpy(ret_name, (const uint8_t *)rest.data + skip, rest.size - skip);
	ret_name[rest.size - skip] = '\0';
}

static void try_key(struct slice bytes)
{
	char name[NAME_LENGTH_MAX + 1];
	struct row_key again;
	version_id version;
	enum row_kind kind;
	struct slice rest;
	uint64_t number;

	if (key_parse_row(bytes, &version, &kind, &number, &rest))
		return;
	if (kind == ROW_DIRENT) {
		copy_name(rest, 0, name);
		key_dirent(&again, version, number, name);
	} else if (kind == ROW_LINK) {
		copy_name(rest, 8, name);
		key_link(&again, version, number, get_be64(rest.data), name);
	} else if (kind == ROW_MAP) {
		key_map(&again, version, number, get_be32(rest.data));
	} else {
		key_row(&again, version, kind, number);
	}
	must_equal(bytes, key_slice(&again));
	MUST((kind != ROW_DIRENT && kind != ROW_LINK) || !strchr(name, '/'));
}

static void try_dirent(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	struct dirent_row row;
	int code = row_decode_dirent(bytes, &row);

	if (code < 0)
		return;
	if (code)
		row_gone(&again);
	else
		row_encode_dirent(&row, &again);
	must_be_again(bytes, &again);
}

static void try_inode(struct slice bytes)
{
	struct inode inode = { .number = 17 };
	struct buffer again = BUFFER_INIT;
	struct stat stat;
	int code = row_decode_inode(bytes, &inode);

	MUST(inode.number == 17);
	if (code < 0)
		return;
	if (code) {
		row_gone(&again);
	} else {
		row_encode_inode(&inode, &again);
		inode_stat(&inode, &stat);
		MUST(stat.st_size >= 0 && stat.st_blocks >= 0);
	}
	must_be_again(bytes, &again);
}

static void try_link(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	int code = row_decode_link(bytes);

	if (code < 0)
		return;
	if (code)
		row_gone(&again);
	else
		row_encode_link(&again);
	must_be_again(bytes, &again);
}

static void try_map(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	struct map_row row;

	if (row_decode_map(bytes, &row) < 0)
		return;
	row_encode_map(&row, &again);
	must_be_again(bytes, &again);
}

static void try_xattrs(struct slice bytes)
{
	struct xattrs xattrs = XATTRS_INIT;
	struct buffer again = BUFFER_INIT;

	if (row_decode_xattrs(bytes, &xattrs))
		return;
	row_encode_xattrs(&xattrs, &again);
	must_be_again(bytes, &again);
	for (size_t i = 0; i < xattrs.count; i++)
		MUST(xattrs_find(&xattrs, xattrs.list[i].name) == &xattrs.list[i]);
	xattrs_release(&xattrs);
}

static void try_version(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	version_id parent;

	if (row_decode_version(bytes, &parent))
		return;
	row_encode_version(parent, &again);
	must_be_again(bytes, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);

	try_key(bytes);
	try_dirent(bytes);
	try_inode(bytes);
	try_link(bytes);
	try_map(bytes);
	try_xattrs(bytes);
	try_version(bytes);
	return 0;
}
