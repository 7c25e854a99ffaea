/*
 * The system table as text (behaviours 8, 10, 59). SRVLVL is the level that the system
 * was given last: the one it tests, else the one it runs.
 */
#include <errno.h>

#include "store/level/tag.h"
#include "store/system/system_internal.h"

static const char *name_of(struct systems *systems, uint32_t level_id,
			   char name[LEVEL_NAME_MAX + 1])
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	name[0] = '\0';
	if (level_id && filespace_level_by_id(systems->filespace, level_id, &level) == 0)
		snprintf(name, LEVEL_NAME_MAX + 1, "%s", level_name(level));
	return name;
}

static void add_attribute(struct tag_text *text, const struct system_record *record,
			  const char *tag, const char *attribute)
{
	tag_add(text, tag, record->value[system_attribute_index(attribute)]);
}

static void add_status(struct tag_text *text, const struct system_record *record)
{
	const uint32_t *level = record->info.level;
	const char *state = "ADDED";

	if (level[LINK_TEST])
		state = "TEST";
	else if (level[LINK_PRODUCTION])
		state = "PRODUCTION";
	tag_add_time(text, "STATUS", state, &record->info.changed, record->changed_by);
}

static void render(struct systems *systems, struct tag_text *text,
		   const struct system_record *record)
{
	const uint32_t *level = record->info.level;
	uint32_t given = level[LINK_TEST] ? level[LINK_TEST] : level[LINK_PRODUCTION];
	char name[LEVEL_NAME_MAX + 1];

	tag_begin(text, "SYSTEM", record->info.name);
	tag_add(text, "VRM", filespace_release(systems->filespace));
	tag_add(text, "SRVLVL", name_of(systems, given, name));
	add_attribute(text, record, "HOST", "host");
	add_attribute(text, record, "PORT", "port");
	add_attribute(text, record, "COMMTYPE", "commtype");
	add_attribute(text, record, "SECURE", "secure");
	tag_add(text, "ESM", system_esm(record));
	if (record->sent.tv_sec)
		tag_add_time(text, "SENT", NULL, &record->sent, record->sent_by);
	else
		tag_add(text, "SENT", "");
	tag_add(text, "PRODLVL", name_of(systems, level[LINK_PRODUCTION], name));
	add_status(text, record);
	tag_add(text, "TESTLVL", name_of(systems, level[LINK_TEST], name));
	tag_add(text, "PREVLVL", name_of(systems, level[LINK_PREVIOUS], name));
	add_attribute(text, record, "DESC", "description");
}

int systems_sysstat(struct systems *systems, struct buffer *ret_text)
{
	struct tag_text text = TAG_TEXT_INIT(ret_text);

	/* lock -> table of levels: a level never asks for a system with its own locks held */
	WITH_READ(&systems->lock);
	for (size_t i = 0; i < systems->count; i++)
		render(systems, &text, systems->list[i]);
	return buffer_failed(ret_text) ? -ENOMEM : 0;
}
