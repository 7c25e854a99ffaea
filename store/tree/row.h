/*
 * The bytes of a row: keys and values of everything the tree room stores. Every key
 * starts with one letter; versions and numbers in keys are big-endian, integers in
 * values little-endian. docs/format.md "Rows" says the same as tables.
 *
 *   r version kind number rest   a row of a version; kinds below
 *   h version number             digest of a directory, or empty: changed since
 *   f digest version number block   a row refers to this chunk
 *   g digest                     a chunk that lost a reference: look whether it is garbage
 *   v version                    a version: its parent
 *   d version                    a dropped version: its rows go
 *   o space number               an inode without a name that may still be open
 *   n name                       a counter
 */
#ifndef STORE_TREE_ROW_H
#define STORE_TREE_ROW_H

#include "store/tree/tree.h"

enum row_kind {
	ROW_DIRENT = 'D', /* number: directory, rest: name; value: number, type, flags, or gone */
	ROW_INODE = 'I',  /* value: attributes, or gone */
	ROW_LINK = 'L',	  /* rest: parent, name; a name of an inode that has, or had, several */
	ROW_MAP = 'M', /* number: fork, rest: page; value: digests of MAP_BLOCKS blocks, or gone */
	ROW_TARGET = 'T', /* value: symbolic link target */
	ROW_XATTRS = 'X', /* value: all xattrs, sorted by name */
};

#define MAP_BLOCKS  64u /* blocks in one map row: 8 MiB of the file */
#define ROW_KEY_FIXED (1 + 4 + 1 + 8) /* of a version's row, up to the rest */
#define ROW_KEY_MAX (ROW_KEY_FIXED + 8 + NAME_LENGTH_MAX)

struct row_key {
	uint8_t bytes[ROW_KEY_MAX + 41];
	size_t size;
};

static inline struct slice key_slice(const struct row_key *key)
{
	return slice_of(key->bytes, key->size);
}

void key_rows(struct row_key *key, version_id version); /* prefix of all rows of a version */
void key_kind(struct row_key *key, version_id version, enum row_kind kind); /* prefix */
void key_row(struct row_key *key, version_id version, enum row_kind kind, uint64_t number);
void key_dirent(struct row_key *key, version_id version, uint64_t dir, const char *name);
void key_link(struct row_key *key, version_id version, uint64_t number, uint64_t dir,
	      const char *name);
void key_map(struct row_key *key, version_id version, uint64_t fork, uint32_t page);
void key_digest(struct row_key *key, version_id version, uint64_t number);
void key_digests(struct row_key *key, version_id version); /* prefix */
void key_reference(struct row_key *key, const struct digest *digest, version_id version,
		   uint64_t number, uint32_t block);
void key_references(struct row_key *key, const struct digest *digest); /* prefix */
void key_garbage(struct row_key *key, const struct digest *digest);
void key_version(struct row_key *key, version_id version);
void key_dropped(struct row_key *key, version_id version);
void key_orphan(struct row_key *key, uint32_t space, uint64_t number);
void key_counter(struct row_key *key, const char *name);

/* A row of a version taken apart: 0 or -CSM_ROW_CORRUPT. rest points into key. */
int key_parse_row(struct slice key, version_id *ret_version, enum row_kind *ret_kind,
		  uint64_t *ret_number, struct slice *ret_rest);

/*
 * Values. A decoder is strict: anything it does not know is -CSM_ROW_CORRUPT. A value that
 * says "gone" decodes to 1 (the row hides what older versions have), else 0.
 */
struct dirent_row {
	uint64_t number;
	uint32_t type; /* S_IFMT part */
	bool is_explicit;
};
void row_gone(struct buffer *ret_value);
void row_encode_dirent(const struct dirent_row *row, struct buffer *ret_value);
int row_decode_dirent(struct slice value, struct dirent_row *ret_row);
void row_encode_inode(const struct inode *inode, struct buffer *ret_value);
/* ret_inode->number comes from the key and is the caller's to set. */
int row_decode_inode(struct slice value, struct inode *ret_inode);
void row_encode_link(struct buffer *ret_value);
int row_decode_link(struct slice value);

/* A map row: up to MAP_BLOCKS digests, zero for holes; the trailing holes are not stored. */
struct map_row {
	struct digest block[MAP_BLOCKS];
};
/* A row of holes only is encoded as gone. */
void row_encode_map(const struct map_row *row, struct buffer *ret_value);
int row_decode_map(struct slice value, struct map_row *ret_row); /* gone: all holes, and 1 */
void row_encode_xattrs(const struct xattrs *xattrs, struct buffer *ret_value);
/* ret_xattrs owns a copy. */
int row_decode_xattrs(struct slice value, struct xattrs *ret_xattrs);
void row_encode_version(version_id parent, struct buffer *ret_value);
int row_decode_version(struct slice value, version_id *ret_parent);

#endif
