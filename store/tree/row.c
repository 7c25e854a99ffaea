/*
 * Encoding and decoding of rows. Decoding is strict because the bytes come from a disk:
 * a value that is not exactly what encoding would have written is refused, so that equal
 * facts have one form and damage is seen where it is read.
 */
#include "store/tree/row.h"

#include <errno.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"

enum { FORM_GONE = 0, FORM_1 = 1 };
enum { FLAG_EXPLICIT = 1 };
enum { FLAG_XATTRS = 1 };

/* ---- keys ---- */

static void key_begin(struct row_key *key, char letter)
{
	key->bytes[0] = (uint8_t)letter;
	key->size = 1;
}

static void key_be32(struct row_key *key, uint32_t v)
{
	put_be32(key->bytes + key->size, v);
	key->size += 4;
}

static void key_be64(struct row_key *key, uint64_t v)
{
	put_be64(key->bytes + key->size, v);
	key->size += 8;
}

static void key_add(struct row_key *key, const void *data, size_t size)
{
	memcpy(key->bytes + key->size, data, size);
	key->size += size;
}

static void key_name(struct row_key *key, const char *name)
{
	key_add(key, name, strnlen(name, NAME_LENGTH_MAX));
}

void key_rows(struct row_key *key, version_id version)
{
	key_begin(key, 'r');
	key_be32(key, version);
}

void key_kind(struct row_key *key, version_id version, enum row_kind kind)
{
	uint8_t letter = (uint8_t)kind;

	key_rows(key, version);
	key_add(key, &letter, 1);
}

void key_row(struct row_key *key, version_id version, enum row_kind kind, uint64_t number)
{
	key_kind(key, version, kind);
	key_be64(key, number);
}

void key_dirent(struct row_key *key, version_id version, uint64_t dir, const char *name)
{
	key_row(key, version, ROW_DIRENT, dir);
	key_name(key, name);
}

void key_link(struct row_key *key, version_id version, uint64_t number, uint64_t dir,
	      const char *name)
{
	key_row(key, version, ROW_LINK, number);
	key_be64(key, dir);
	key_name(key, name);
}

void key_map(struct row_key *key, version_id version, uint64_t fork, uint32_t page)
{
	key_row(key, version, ROW_MAP, fork);
	key_be32(key, page);
}

void key_digest(struct row_key *key, version_id version, uint64_t number)
{
	key_digests(key, version);
	key_be64(key, number);
}

void key_digests(struct row_key *key, version_id version)
{
	key_begin(key, 'h');
	key_be32(key, version);
}

void key_reference(struct row_key *key, const struct digest *digest, version_id version,
		   uint64_t number, uint32_t block)
{
	key_references(key, digest);
	key_be32(key, version);
	key_be64(key, number);
	key_be32(key, block);
}

void key_references(struct row_key *key, const struct digest *digest)
{
	key_begin(key, 'f');
	key_add(key, digest->bytes, DIGEST_SIZE);
}

void key_garbage(struct row_key *key, const struct digest *digest)
{
	key_begin(key, 'g');
	key_add(key, digest->bytes, DIGEST_SIZE);
}

void key_version(struct row_key *key, version_id version)
{
	key_begin(key, 'v');
	key_be32(key, version);
}

void key_dropped(struct row_key *key, version_id version)
{
	key_begin(key, 'd');
	key_be32(key, version);
}

void key_orphan(struct row_key *key, uint32_t space, uint64_t number)
{
	key_begin(key, 'o');
	key_be32(key, space);
	key_be64(key, number);
}

void key_counter(struct row_key *key, const char *name)
{
	key_begin(key, 'n');
	key_name(key, name);
}

static bool kind_is_known(uint8_t kind)
{
	switch (kind) {
	case ROW_DIRENT:
	case ROW_INODE:
	case ROW_LINK:
	case ROW_MAP:
	case ROW_TARGET:
	case ROW_XATTRS:
		return true;
	default:
		return false;
	}
}

static bool is_name(const uint8_t *bytes, size_t size)
{
	return size >= 1 && size <= NAME_LENGTH_MAX && !memchr(bytes, '\0', size) &&
	       !memchr(bytes, '/', size);
}

static bool rest_fits(enum row_kind kind, const uint8_t *bytes, size_t size)
{
	switch (kind) {
	case ROW_DIRENT:
		return is_name(bytes, size);
	case ROW_LINK:
		return size > 8 && is_name(bytes + 8, size - 8);
	case ROW_MAP:
		return size == 4;
	default:
		return size == 0;
	}
}

int key_parse_row(struct slice key, version_id *ret_version, enum row_kind *ret_kind,
		  uint64_t *ret_number, struct slice *ret_rest)
{
	const uint8_t *p = key.data;

	if (key.size < 14 || p[0] != 'r' || !kind_is_known(p[5]))
		return -CSM_ROW_CORRUPT;
	*ret_version = get_be32(p + 1);
	*ret_kind = (enum row_kind)p[5];
	*ret_number = get_be64(p + 6);
	*ret_rest = slice_of(p + 14, key.size - 14);
	return rest_fits(*ret_kind, p + 14, ret_rest->size) ? 0 : -CSM_ROW_CORRUPT;
}

/* ---- values ---- */

void row_gone(struct buffer *ret_value)
{
	buffer_clear(ret_value);
	buffer_u8(ret_value, FORM_GONE);
}

static bool is_gone(struct slice value)
{
	return value.size == 1 && *(const uint8_t *)value.data == FORM_GONE;
}

static bool type_is_known(uint32_t type)
{
	return type == S_IFREG || type == S_IFDIR || type == S_IFLNK || type == S_IFCHR ||
	       type == S_IFBLK || type == S_IFIFO || type == S_IFSOCK;
}

void row_encode_dirent(const struct dirent_row *row, struct buffer *ret_value)
{
	buffer_clear(ret_value);
	buffer_u8(ret_value, FORM_1);
	buffer_le64(ret_value, row->number);
	buffer_u8(ret_value, (uint8_t)(row->type >> 12));
	buffer_u8(ret_value, row->is_explicit ? FLAG_EXPLICIT : 0);
}

int row_decode_dirent(struct slice value, struct dirent_row *ret_row)
{
	struct reader r = reader_of(value);
	uint8_t form = reader_u8(&r), flags;

	memset(ret_row, 0, sizeof(*ret_row));
	if (is_gone(value))
		return 1;
	ret_row->number = reader_le64(&r);
	ret_row->type = (uint32_t)reader_u8(&r) << 12;
	flags = reader_u8(&r);
	ret_row->is_explicit = flags & FLAG_EXPLICIT;
	if (!reader_done(&r) || form != FORM_1 || flags > FLAG_EXPLICIT || ret_row->number == 0 ||
	    !type_is_known(ret_row->type))
		return -CSM_ROW_CORRUPT;
	return 0;
}

static void add_time(struct buffer *b, const struct timespec *t)
{
	buffer_le64(b, (uint64_t)t->tv_sec);
	buffer_le32(b, (uint32_t)t->tv_nsec);
}

static struct timespec read_time(struct reader *r)
{
	struct timespec t;

	t.tv_sec = (time_t)reader_le64(r);
	t.tv_nsec = (long)reader_le32(r);
	if (t.tv_nsec >= 1000000000L)
		r->bad = true;
	return t;
}

void row_encode_inode(const struct inode *inode, struct buffer *ret_value)
{
	size_t name_size = strnlen(inode->name, NAME_LENGTH_MAX);

	buffer_clear(ret_value);
	buffer_u8(ret_value, FORM_1);
	buffer_le32(ret_value, inode->mode);
	buffer_le32(ret_value, inode->uid);
	buffer_le32(ret_value, inode->gid);
	buffer_le32(ret_value, inode->nlink);
	buffer_le64(ret_value, inode->rdev);
	buffer_le64(ret_value, inode->size);
	add_time(ret_value, &inode->atime);
	add_time(ret_value, &inode->mtime);
	add_time(ret_value, &inode->ctime);
	add_time(ret_value, &inode->btime);
	buffer_u8(ret_value, inode->has_xattrs ? FLAG_XATTRS : 0);
	buffer_u8(ret_value, (uint8_t)inode->content);
	if (inode->content == CONTENT_CHUNK) {
		buffer_add(ret_value, inode->chunk.bytes, DIGEST_SIZE);
	} else if (inode->content == CONTENT_MAP) {
		buffer_le64(ret_value, inode->fork);
		buffer_le64(ret_value, inode->blocks);
	}
	buffer_le64(ret_value, inode->parent);
	buffer_u8(ret_value, (uint8_t)name_size);
	buffer_add(ret_value, inode->name, name_size);
}

static void decode_content(struct reader *r, struct inode *inode)
{
	const uint8_t *bytes;

	switch (inode->content) {
	case CONTENT_NONE:
		return;
	case CONTENT_CHUNK:
		bytes = reader_take(r, DIGEST_SIZE);
		if (bytes)
			memcpy(inode->chunk.bytes, bytes, DIGEST_SIZE);
		inode->blocks = 1;
		if (inode->size == 0 || inode->size > BLOCK_SIZE || digest_is_zero(&inode->chunk))
			r->bad = true;
		return;
	case CONTENT_MAP:
		inode->fork = reader_le64(r);
		inode->blocks = reader_le64(r);
		if (inode->fork == 0 || inode->size <= BLOCK_SIZE ||
		    inode->blocks > (inode->size - 1) / BLOCK_SIZE + 1)
			r->bad = true;
		return;
	}
	r->bad = true;
}

int row_decode_inode(struct slice value, struct inode *ret_inode)
{
	struct reader r = reader_of(value);
	uint64_t number = ret_inode->number;
	const uint8_t *name;
	uint8_t form, flags, name_size;

	memset(ret_inode, 0, sizeof(*ret_inode));
	ret_inode->number = number;
	if (is_gone(value))
		return 1;
	form = reader_u8(&r);
	ret_inode->mode = reader_le32(&r);
	ret_inode->uid = reader_le32(&r);
	ret_inode->gid = reader_le32(&r);
	ret_inode->nlink = reader_le32(&r);
	ret_inode->rdev = reader_le64(&r);
	ret_inode->size = reader_le64(&r);
	ret_inode->atime = read_time(&r);
	ret_inode->mtime = read_time(&r);
	ret_inode->ctime = read_time(&r);
	ret_inode->btime = read_time(&r);
	flags = reader_u8(&r);
	ret_inode->has_xattrs = flags & FLAG_XATTRS;
	ret_inode->content = (enum content_kind)reader_u8(&r);
	decode_content(&r, ret_inode);
	ret_inode->parent = reader_le64(&r);
	name_size = reader_u8(&r);
	name = reader_take(&r, name_size);
	if (name_size && !(name && is_name(name, name_size)))
		r.bad = true;
	else if (name_size)
		memcpy(ret_inode->name, name, name_size);
	if (!reader_done(&r) || form != FORM_1 || flags > FLAG_XATTRS ||
	    !type_is_known(ret_inode->mode & S_IFMT) ||
	    (ret_inode->mode & ~(uint32_t)(S_IFMT | 07777)) || ret_inode->size > FILE_SIZE_MAX ||
	    (ret_inode->content != CONTENT_NONE && !S_ISREG(ret_inode->mode)))
		return -CSM_ROW_CORRUPT;
	return 0;
}

void row_encode_link(struct buffer *ret_value)
{
	buffer_clear(ret_value);
	buffer_u8(ret_value, FORM_1);
}

int row_decode_link(struct slice value)
{
	if (is_gone(value))
		return 1;
	return value.size == 1 && *(const uint8_t *)value.data == FORM_1 ? 0 : -CSM_ROW_CORRUPT;
}

void row_encode_map(const struct map_row *row, struct buffer *ret_value)
{
	size_t count = MAP_BLOCKS;

	while (count > 0 && digest_is_zero(&row->block[count - 1]))
		count--;
	buffer_clear(ret_value);
	buffer_u8(ret_value, (uint8_t)count);
	buffer_add(ret_value, row->block, count * DIGEST_SIZE);
}

int row_decode_map(struct slice value, struct map_row *ret_row)
{
	struct reader r = reader_of(value);
	uint8_t count = reader_u8(&r);
	const uint8_t *digests = reader_take(&r, (size_t)count * DIGEST_SIZE);

	memset(ret_row, 0, sizeof(*ret_row));
	if (!digests || !reader_done(&r) || count > MAP_BLOCKS)
		return -CSM_ROW_CORRUPT;
	memcpy(ret_row->block, digests, (size_t)count * DIGEST_SIZE);
	if (count > 0 && digest_is_zero(&ret_row->block[count - 1]))
		return -CSM_ROW_CORRUPT;
	return count == 0;
}

void row_encode_xattrs(const struct xattrs *xattrs, struct buffer *ret_value)
{
	buffer_clear(ret_value);
	buffer_u8(ret_value, FORM_1);
	for (size_t i = 0; i < xattrs->count; i++) {
		size_t name_size = strlen(xattrs->list[i].name);

		buffer_u8(ret_value, (uint8_t)name_size);
		buffer_add(ret_value, xattrs->list[i].name, name_size);
		buffer_u8(ret_value, 0); /* so that a decoded set can point to names in place */
		buffer_le32(ret_value, (uint32_t)xattrs->list[i].value.size);
		buffer_add(ret_value, xattrs->list[i].value.data, xattrs->list[i].value.size);
	}
}

/* Walks the entries after the form byte; fills list when it is not NULL. */
static int scan_xattrs(struct slice bytes, struct xattr *list, size_t *ret_count)
{
	struct reader r = reader_of(bytes);
	const char *before = "";
	size_t count = 0;

	while (r.left > 0 && !r.bad) {
		uint8_t name_size = reader_u8(&r);
		const char *name = (const char *)reader_take(&r, name_size);
		uint8_t zero = reader_u8(&r);
		uint32_t size = reader_le32(&r);
		const void *value = reader_take(&r, size);

		if (r.bad || zero != 0 || name_size == 0 || strlen(name) != name_size ||
		    size > XATTR_SIZE_LIMIT || strcmp(before, name) >= 0)
			return -CSM_ROW_CORRUPT;
		if (list)
			list[count] = (struct xattr){ name, slice_of(value, size) };
		count++;
		before = name;
	}
	*ret_count = count;
	return r.bad ? -CSM_ROW_CORRUPT : 0;
}

int row_decode_xattrs(struct slice value, struct xattrs *ret_xattrs)
{
	const uint8_t *p = value.data;
	struct slice bytes;
	int err;

	memset(ret_xattrs, 0, sizeof(*ret_xattrs));
	if (value.size < 1 || p[0] != FORM_1)
		return -CSM_ROW_CORRUPT;
	err = buffer_set(&ret_xattrs->bytes, p + 1, value.size - 1);
	if (err)
		return err;
	bytes = buffer_slice(&ret_xattrs->bytes);
	err = scan_xattrs(bytes, NULL, &ret_xattrs->count);
	if (!err && ret_xattrs->count > 0) {
		ret_xattrs->list = calloc(ret_xattrs->count, sizeof(*ret_xattrs->list));
		err = ret_xattrs->list ? scan_xattrs(bytes, ret_xattrs->list, &ret_xattrs->count)
				       : -ENOMEM;
	}
	if (err)
		xattrs_release(ret_xattrs);
	return err;
}

void row_encode_version(version_id parent, struct buffer *ret_value)
{
	buffer_clear(ret_value);
	buffer_u8(ret_value, FORM_1);
	buffer_le32(ret_value, parent);
}

int row_decode_version(struct slice value, version_id *ret_parent)
{
	struct reader r = reader_of(value);
	uint8_t form = reader_u8(&r);

	*ret_parent = reader_le32(&r);
	return reader_done(&r) && form == FORM_1 ? 0 : -CSM_ROW_CORRUPT;
}
