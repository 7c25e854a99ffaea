/*
 * The service level table as text: for each level its tags, the key tag first, an empty
 * line between records (behaviours 8, 9, 43). Readers take the tags they know; every
 * level has every tag, with nothing behind the dot when there is nothing to say.
 */
#include <errno.h>

#include "store/level/level_internal.h"
#include "store/level/tag.h"

struct rendering {
	struct filespace *filespace;
	struct tag_text text;
};

static int render_package(struct rendering *rendering, struct level *level)
{
	struct package_record record;
	char id[DIGEST_TEXT_SIZE];
	int err = level_package(level, 0, &record), current;

	if (err == -ENOENT) {
		tag_add(&rendering->text, "PACKAGED", "");
		tag_add(&rendering->text, "PKGID", "");
		tag_add(&rendering->text, "PKGSTAT", "");
		return 0;
	}
	if (err)
		return err;
	digest_text(&record.id, id);
	tag_add_time(&rendering->text, "PACKAGED", NULL, &record.built, record.built_by);
	tag_add(&rendering->text, "PKGID", id);
	current = level_package_current(level, 0);
	/* What cannot be told of a damaged level is left out, and no reason to withhold the table. */
	if (current >= 0)
		tag_add(&rendering->text, "PKGSTAT", current ? "CURRENT" : "STALE");
	return 0;
}

static int render_level(void *context, struct level *level)
{
	struct rendering *rendering = context;
	struct tag_text *text = &rendering->text;
	struct level_info info;
	int err;

	level_info(level, &info);
	tag_begin(text, "SRVLVL", info.name);
	tag_add(text, "VRM", rendering->filespace->release);
	tag_add(text, "BASEDON", info.basedon);
	tag_add(text, "DESC", info.description);
	tag_add(text, "ESM", info.esm);
	tag_add(text, "STATE", info.state == STATE_STABLE ? "STABLE" : "TEST");
	tag_add(text, "LOCK", info.locked ? "ON" : "OFF");
	tag_add_time(text, "CREATED", NULL, &info.created, info.created_by);
	err = render_package(rendering, level);
	return err || !buffer_failed(text->buffer) ? err : -ENOMEM;
}

int filespace_svcstat(struct filespace *filespace, struct buffer *ret_text)
{
	struct rendering rendering = { filespace, TAG_TEXT_INIT(ret_text) };

	return filespace_each_level(filespace, render_level, &rendering);
}
