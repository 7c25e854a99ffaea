/*
 * Control attributes: user.csmfs.NAME on levels, systems and the files of levels, and the
 * control files beside a level that mean the same. One row of the table is one attribute of
 * one kind of object; docs/protocol.md describes them.
 *
 * They are read and set by name and never listed.
 */
#ifndef FS_CONTROL_H
#define FS_CONTROL_H

#include "fs/place.h"
#include "fs/reply.h"

enum control_where {
	CONTROL_NOWHERE = 0,
	CONTROL_LEVEL = 1,  /* the directory of a level; also a file in LEVEL/.csmfs */
	CONTROL_SYSTEM = 2, /* the directory of a system */
	CONTROL_TREE = 3,   /* files and directories of BUILD, DELTA, APPLY */
	CONTROL_ROOT = 4,   /* the root; also a file in /.csmfs */
};

#define CONTROL_VALUE_MAX 4096

struct control {
	unsigned number; /* of the control file's node; never used again for another */
	const char *name;
	enum control_where where;
	/* The value without newline; -ENODATA when it has none. */
	int (*get)(const struct control *control, struct place *place, struct buffer *ret_value);
	/* NULL: only read. value NULL takes the value away. */
	int (*set)(const struct control *control, struct place *place, const char *value, struct call *call);
};

const struct control *control_table(size_t *ret_count);
/* NULL: there is no such attribute. name is without PROTOCOL_PREFIX. */
const struct control *control_named(enum control_where where, const char *name);
const struct control *control_numbered(enum control_where where, uint64_t number);

/* True for attributes that are ours, whether they exist or not. */
bool control_is_ours(const char *attribute);

/* attribute is with PROTOCOL_PREFIX. -CSM_ATTRIBUTE_UNKNOWN, -ENODATA. */
int control_get(struct place *place, const char *attribute, struct buffer *ret_value);
/*
 * value NULL takes it away. One newline at the end of a value is not part of it.
 * -CSM_ATTRIBUTE_UNKNOWN, -CSM_ATTRIBUTE_READ_ONLY, -CSM_VALUE_BAD; these are logged here, what the
 * store refuses is logged there.
 */
int control_set(struct call *call, struct place *place, const char *attribute, const struct slice *value);

/* The attribute that the place is the control file of, or NULL. */
const struct control *control_of_file(const struct place *place);
/* The control file of an attribute: its text (the value and a newline), and what a write sets. */
int control_file_text(struct place *place, const struct control *control, struct buffer *ret_text);
int control_file_write(struct call *call, struct place *place, const struct control *control,
		       struct slice bytes);

#endif
