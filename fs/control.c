/*
 * The table of control attributes. What a value may be and who may set it is the store's to
 * say; here is which attribute is where, and its text.
 *
 * A level that gets another parent shows another tree: whatever the kernel kept of the old
 * one is named in the call's notes.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "fs/control.h"
#include "fs/level_dir.h"
#include "fs/loop.h"
#include "fs/protocol.h"
#include "fs/virtual.h"
#include "store/upkeep/scrub.h"

/* ---- levels ---- */

static int get_text(struct buffer *ret_value, const char *text)
{
	if (!text[0])
		return -ENODATA;
	buffer_text(ret_value, text);
	return 0;
}

static int get_basedon(const struct control *control, struct place *place, struct buffer *ret_value)
{
	struct level_info info;

	(void)control;
	level_info(place->level, &info);
	return get_text(ret_value, info.basedon);
}

static int set_basedon(const struct control *control, struct place *place, const char *value,
		       struct call *call)
{
	int err;

	if (!value)
		return refusal(call, place, control->name, NULL, -CSM_VALUE_BAD);
	level_dir_note_content(call, place);
	err = level_set_basedon(place->level, value, call->uid);
	if (!err)
		level_dir_note_content(call, place);
	return err;
}

static int get_description(const struct control *control, struct place *place,
			   struct buffer *ret_value)
{
	struct level_info info;

	(void)control;
	level_info(place->level, &info);
	return get_text(ret_value, info.description);
}

static int set_description(const struct control *control, struct place *place, const char *value,
			   struct call *call)
{
	(void)control;
	return level_set_description(place->level, value ? value : "", call->uid);
}

static int get_lock(const struct control *control, struct place *place, struct buffer *ret_value)
{
	struct level_info info;

	(void)control;
	level_info(place->level, &info);
	return get_text(ret_value, info.locked ? "on" : "off");
}

static int set_lock(const struct control *control, struct place *place, const char *value,
		    struct call *call)
{
	if (!value || (strcasecmp(value, "on") != 0 && strcasecmp(value, "off") != 0))
		return refusal(call, place, control->name, NULL, -CSM_VALUE_BAD);
	return level_set_lock(place->level, strcasecmp(value, "on") == 0, call->uid);
}

static int get_state(const struct control *control, struct place *place, struct buffer *ret_value)
{
	struct level_info info;

	(void)control;
	level_info(place->level, &info);
	return get_text(ret_value, info.state == STATE_STABLE ? "STABLE" : "TEST");
}

static int set_state(const struct control *control, struct place *place, const char *value,
		     struct call *call)
{
	struct level_info info;

	if (value && strcasecmp(value, "STABLE") == 0)
		return level_declare_stable(place->level, call->uid);
	if (!value || strcasecmp(value, "TEST") != 0)
		return refusal(call, place, control->name, NULL, -CSM_VALUE_BAD);
	level_info(place->level, &info);
	return refusal(call, place, control->name, NULL,
		       info.state == STATE_STABLE ? -CSM_LEVEL_STABLE : 0);
}

static int get_esm(const struct control *control, struct place *place, struct buffer *ret_value)
{
	struct level_info info;

	(void)control;
	level_info(place->level, &info);
	return get_text(ret_value, info.esm);
}

static int set_esm(const struct control *control, struct place *place, const char *value,
		   struct call *call)
{
	(void)control;
	return level_set_esm(place->level, value ? value : "NONESM", call->uid);
}

static int get_digest_text(struct buffer *ret_value, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(digest, text);
	buffer_text(ret_value, text);
	return 0;
}

static int get_level_digest(const struct control *control, struct place *place,
			    struct buffer *ret_value)
{
	struct digest digest;
	int err = level_digest(place->level, &digest);

	(void)control;
	return err ? err : get_digest_text(ret_value, &digest);
}

static int get_tree_digest(const struct control *control, struct place *place,
			   struct buffer *ret_value)
{
	struct digest digest;
	int err = space_digest(place->space, place->node.number, &digest);

	(void)control;
	return err ? err : get_digest_text(ret_value, &digest);
}

/* ---- systems: the system room knows its attributes by the same names ---- */

static int get_system(const struct control *control, struct place *place, struct buffer *ret_value)
{
	return system_get(place->mount->systems, place->node.owner, control->name, ret_value);
}

static int set_system(const struct control *control, struct place *place, const char *value,
		      struct call *call)
{
	return system_set(place->mount->systems, place->node.owner, control->name, value,
			  call->uid);
}

/* ---- the whole store ---- */

static int get_scrub(const struct control *control, struct place *place, struct buffer *ret_value)
{
	int err = scrub_text(place->mount->scrub, ret_value);

	(void)control;
	if (!err && ret_value->size) /* the newline of the last line is no part of a value */
		ret_value->size--;
	return err;
}

static int set_scrub(const struct control *control, struct place *place, const char *value,
		     struct call *call)
{
	int err;

	if (!value)
		return refusal(call, place, control->name, NULL, -CSM_VALUE_BAD);
	/* what was just written is looked at with the rest; that it cannot be stored is no reason not to look */
	filespace_sync(place->mount->filespace);
	err = scrub_command(place->mount->scrub, value, call->uid);
	/* Asked for again, it may be the one that this request started. */
	return err == -CSM_SCRUB_RUNNING && loop_request()->resent ? 0 : err;
}

/* ---- the table ---- */

static const struct control table[] = {
	{ 1, PROTOCOL_BASEDON, CONTROL_LEVEL, get_basedon, set_basedon },
	{ 2, PROTOCOL_DESCRIPTION, CONTROL_LEVEL, get_description, set_description },
	{ 3, PROTOCOL_LOCK, CONTROL_LEVEL, get_lock, set_lock },
	{ 4, PROTOCOL_STATE, CONTROL_LEVEL, get_state, set_state },
	{ 5, PROTOCOL_ESM, CONTROL_LEVEL, get_esm, set_esm },
	{ 6, PROTOCOL_DIGEST, CONTROL_LEVEL, get_level_digest, NULL },
	{ 7, PROTOCOL_HOST, CONTROL_SYSTEM, get_system, set_system },
	{ 8, PROTOCOL_PORT, CONTROL_SYSTEM, get_system, set_system },
	{ 9, PROTOCOL_COMMTYPE, CONTROL_SYSTEM, get_system, set_system },
	{ 10, PROTOCOL_SECURE, CONTROL_SYSTEM, get_system, set_system },
	{ 11, PROTOCOL_ESM, CONTROL_SYSTEM, get_system, set_system },
	{ 12, PROTOCOL_DESCRIPTION, CONTROL_SYSTEM, get_system, set_system },
	{ 13, PROTOCOL_DIGEST, CONTROL_TREE, get_tree_digest, NULL },
	{ 20, PROTOCOL_SCRUB, CONTROL_ROOT, get_scrub, set_scrub },
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

const struct control *control_table(size_t *ret_count)
{
	*ret_count = TABLE_COUNT;
	return table;
}

const struct control *control_named(enum control_where where, const char *name)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (table[i].where == where && strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

const struct control *control_numbered(enum control_where where, uint64_t number)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (table[i].where == where && table[i].number == number)
			return &table[i];
	return NULL;
}

static enum control_where where_is(const struct place *place)
{
	if (place_in_tree(place))
		return CONTROL_TREE;
	if (place->node.kind == NODE_LEVEL && place->node.number == LEVEL_DIRECTORY)
		return CONTROL_LEVEL;
	if (place->node.kind == NODE_SYSTEM && place->node.number == SYSTEM_DIRECTORY)
		return CONTROL_SYSTEM;
	if (place->node.kind == NODE_FIXED && place->node.number == FIXED_ROOT)
		return CONTROL_ROOT;
	return CONTROL_NOWHERE;
}

/* ---- attributes ---- */

bool control_is_ours(const char *attribute)
{
	return strncmp(attribute, PROTOCOL_PREFIX, strlen(PROTOCOL_PREFIX)) == 0;
}

int control_get(struct place *place, const char *attribute, struct buffer *ret_value)
{
	const struct control *control =
		control_named(where_is(place), attribute + strlen(PROTOCOL_PREFIX));

	return control ? control->get(control, place, ret_value) : -CSM_ATTRIBUTE_UNKNOWN;
}

/* Bytes as text: no NUL within, not too long, without the newline that echo adds. */
static int text_of(struct slice bytes, char text[CONTROL_VALUE_MAX + 1])
{
	if (bytes.size > 0 && ((const char *)bytes.data)[bytes.size - 1] == '\n')
		bytes.size--;
	if (bytes.size > CONTROL_VALUE_MAX || (bytes.size && memchr(bytes.data, 0, bytes.size)))
		return -CSM_VALUE_BAD;
	if (bytes.size)
		memcpy(text, bytes.data, bytes.size);
	text[bytes.size] = 0;
	return 0;
}

static int set_value(struct call *call, struct place *place, const struct control *control,
		     const struct slice *value)
{
	char text[CONTROL_VALUE_MAX + 1];
	int err = 0;

	if (!control->set)
		err = -CSM_ATTRIBUTE_READ_ONLY;
	else if (value)
		err = text_of(*value, text);
	if (err)
		return refusal(call, place, control->name, NULL, err);
	return control->set(control, place, value ? text : NULL, call);
}

int control_set(struct call *call, struct place *place, const char *attribute,
		const struct slice *value)
{
	const char *name = attribute + strlen(PROTOCOL_PREFIX);
	const struct control *control = control_named(where_is(place), name);

	if (!control)
		return refusal(call, place, "setattribute", name, -CSM_ATTRIBUTE_UNKNOWN);
	return set_value(call, place, control, value);
}

/* ---- control files ---- */

const struct control *control_of_file(const struct place *place)
{
	const struct virtual *file;

	if (place->node.kind == NODE_LEVEL && place->node.number >= LEVEL_VALUE)
		return control_numbered(CONTROL_LEVEL, place->node.number - LEVEL_VALUE);
	file = virtual_of(&place->node);
	return file && file->directory == FIXED_CONTROL ? control_named(CONTROL_ROOT, file->name)
							: NULL;
}

int control_file_text(struct place *place, const struct control *control, struct buffer *ret_text)
{
	int err = control->get(control, place, ret_text);

	if (err == -ENODATA)
		return 0;
	if (err)
		return err;
	buffer_u8(ret_text, '\n');
	return buffer_failed(ret_text) ? -ENOMEM : 0;
}

int control_file_write(struct call *call, struct place *place, const struct control *control,
		       struct slice bytes)
{
	return set_value(call, place, control, &bytes);
}
