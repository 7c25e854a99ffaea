/*
 * MANIFEST: what a package says about itself, as text (docs/servlink.md "MANIFEST").
 *
 * One text stands for one struct manifest and the other way round: there is one way to
 * write each byte, so equal packages have equal MANIFESTs, and a text that encoding what
 * was parsed does not give back is refused.
 */
#ifndef STORE_PACKAGE_MANIFEST_H
#define STORE_PACKAGE_MANIFEST_H

#include "store/base/buffer.h"
#include "store/chunk/digest.h"

#define MANIFEST_NAME		"MANIFEST"
#define MANIFEST_SIGNATURE_NAME "MANIFEST.sig"
#define SERVLINK_SUFFIX		".SERVLINK"

enum manifest_tree {
	MANIFEST_BUILD = 0,
	MANIFEST_APPLY = 1,
};

enum manifest_kind {
	MANIFEST_DIRECTORY = 0,
	MANIFEST_FILE = 1,
	MANIFEST_SYMLINK = 2,
	MANIFEST_HARDLINK = 3, /* another name of a path before it in the same component and tree */
	MANIFEST_CHAR = 4,
	MANIFEST_BLOCK = 5,
	MANIFEST_FIFO = 6,
	MANIFEST_SOCKET = 7,   /* in no SERVLINK: a tar has no sockets */
	MANIFEST_WHITEOUT = 8, /* deleted, with everything below; only tree and path count */
};

struct manifest_path {
	enum manifest_kind kind;
	enum manifest_tree tree;
	const char *path; /* COMPONENT/dir/file */
	uint32_t mode;    /* permissions */
	uint32_t uid, gid;
	uint64_t size;        /* MANIFEST_FILE */
	struct digest digest; /* MANIFEST_FILE: SHA-256 of its bytes */
	const char *target;   /* MANIFEST_SYMLINK; MANIFEST_HARDLINK: the path it is a name of */
	uint32_t major, minor; /* MANIFEST_CHAR, MANIFEST_BLOCK */
};

struct manifest_servlink {
	const char *component;
	uint64_t size; /* of the SERVLINK file */
	struct digest digest;
};

struct manifest {
	const char *release;
	const char *level;
	const char *against;
	const char *basedon;
	const char *esm;
	const char *description;              /* "" when there is none */
	struct digest digest, against_digest; /* of the level and of what it was packaged against */
	struct manifest_servlink *servlinks;
	size_t servlink_count;
	struct manifest_path *paths;
	size_t path_count;
	char *text; /* what the strings point into, when parsed */
};
#define MANIFEST_INIT { .text = NULL }

/* Append to ret_text, which is marked failed without memory. */
void manifest_encode(const struct manifest *manifest, struct buffer *ret_text);
/*
 * The same in two parts, for a writer that does not keep the paths: all but the paths,
 * and one path.
 */
void manifest_encode_head(const struct manifest *manifest, struct buffer *ret_text);
void manifest_encode_path(const struct manifest_path *path, struct buffer *ret_text);

/*
 * Takes a MANIFEST apart. The text is not believed: 0, -ENOMEM, or -EBADMSG for anything
 * that manifest_encode() does not write, for a path that leaves its component or is below
 * what is no directory, for a hard link to none of the paths before it, for paths out of
 * order. ret_manifest is empty unless 0.
 */
int manifest_parse(struct slice text, struct manifest *ret_manifest);
/* Frees what manifest_parse() made. */
void manifest_release(struct manifest *manifest);

/*
 * Order of paths in a MANIFEST: by the bytes of their components, a directory before
 * what is in it.
 */
int manifest_compare_paths(const char *a, const char *b);

/* The words of the format; NULL for a number that is none. Shared by encoding and parsing. */
const char *manifest_kind_word(enum manifest_kind kind);
const char *manifest_tree_word(enum manifest_tree tree);

#endif
