/*
 * From a row to the words for it: the path of the file, the level the row belongs to, and the
 * other levels that show the same.
 *
 * Nothing is kept for this. Problems are few, so for each the records of all levels are read
 * again and each level's versions are followed down to the one that has the row. When problems
 * are many, those behind the first thousand are told by the numbers of version and file alone.
 */
#include "store/upkeep/verify_internal.h"

#include <errno.h>
#include <stdio.h>

#include "store/level/level_format.h"

enum { NAMED_MAX = 1000, LEVELS_LISTED = 8 };

struct naming {
	struct verify *verify;
	const struct tree_problem *problem;
	char release[RELEASE_LENGTH + 1];
	struct buffer path;   /* of the file, empty: it has none */
	struct buffer owner;  /* "720/LEVEL " and the path, or the like; empty while unknown */
	struct buffer others; /* ", 720/OTHER" for each that is listed */
	unsigned listed, more;
};

static struct kv *kv_of(const struct naming *naming)
{
	return naming->verify->store->engine.kv;
}

/* ---- levels ---- */

enum share { SHARE_NONE, SHARE_READ, SHARE_OWN };

/* Is the version one of those the level reads, or even its own? Parents have lower numbers. */
static enum share share_of(const struct naming *naming, version_id tip, version_id base)
{
	version_id wanted = naming->problem->version, version = tip;
	bool own = true;

	while (version > wanted) {
		own = own && version != base;
		if (version_parent(naming->verify->store->trees, version, &version))
			return SHARE_NONE;
	}
	if (version != wanted || version == VERSION_NONE)
		return SHARE_NONE;
	return own && version != base ? SHARE_OWN : SHARE_READ;
}

/* A level may have replaced what it reads otherwise. Asked of content only; in doubt it shows it. */
static bool shows(const struct naming *naming, version_id tip)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	const struct tree_problem *problem = naming->problem;
	struct inode inode;
	struct digest digest;
	int code;

	if (!problem->chunk || view_new(naming->verify->store->trees, tip, &view))
		return true;
	code = view_inode(view, problem->number, &inode);
	if (code)
		return code != -CSM_STALE;
	code = view_block(view, &inode, problem->block, &digest);
	return code || digest_equal(&digest, problem->chunk);
}

static void add_other(struct naming *naming, const char *level)
{
	if (naming->listed == LEVELS_LISTED) {
		naming->more++;
		return;
	}
	naming->listed++;
	buffer_printf(&naming->others, ", %s/%s", naming->release, level);
}

static void look_at_level(struct naming *naming, const struct level_record *record)
{
	switch (share_of(naming, record->tip, record->base_version)) {
	case SHARE_OWN:
		buffer_printf(&naming->owner, "%s/%s ", naming->release, record->name);
		buffer_add(&naming->owner, naming->path.data, naming->path.size);
		break;
	case SHARE_READ:
		if (shows(naming, record->tip))
			add_other(naming, record->name);
		break;
	case SHARE_NONE:
		break;
	}
}

static void look_at_levels(struct naming *naming)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct record_key prefix;

	record_key_kind(&prefix, 'L', naming->release);
	if (kv_iter_new(kv_of(naming), record_key_slice(&prefix), &iter))
		return;
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		_cleanup_(level_record_release) struct level_record record = { 0 };

		if (level_record_decode(kv_iter_value(iter), &record) == 0)
			look_at_level(naming, &record);
	}
}

/* ---- the release's own files ---- */

static int read_level(const struct naming *naming, uint32_t id, struct level_record *ret_record)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;
	int code;

	record_key_id(&key, 'L', naming->release, id);
	code = kv_get(kv_of(naming), record_key_slice(&key), &value);
	return code ? code : level_record_decode(buffer_slice(&value), ret_record);
}

/* "720/LEVEL/PACKAGE.from.OTHER MANIFEST" when the path is in the package's directory. */
static void look_at_package(struct naming *naming, struct view *files, struct slice key,
			    const struct package_record *package)
{
	_cleanup_(cleanup_buffer) struct buffer directory = BUFFER_INIT;
	_cleanup_(level_record_release) struct level_record level = { 0 }, other = { 0 };
	uint32_t id, against;

	if (record_key_parse(key, 'P', &id, &against) ||
	    view_path(files, package->directory, &directory) || directory.size == 0 ||
	    naming->path.size <= directory.size ||
	    memcmp(naming->path.data, directory.data, directory.size) != 0 ||
	    naming->path.data[directory.size] != '/' || read_level(naming, id, &level))
		return;
	buffer_printf(&naming->owner, "%s/%s/PACKAGE", naming->release, level.name);
	if (against && read_level(naming, against, &other) == 0)
		buffer_printf(&naming->owner, ".from.%s", other.name);
	buffer_u8(&naming->owner, ' ');
	buffer_add(&naming->owner, naming->path.data + directory.size + 1,
		   naming->path.size - directory.size - 1);
}

static void look_at_packages(struct naming *naming, version_id tip)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_(cleanup_view) struct view *files = NULL;
	struct record_key prefix;

	record_key_kind(&prefix, 'P', naming->release);
	if (view_new(naming->verify->store->trees, tip, &files) ||
	    kv_iter_new(kv_of(naming), record_key_slice(&prefix), &iter))
		return;
	for (; kv_iter_valid(iter) && !naming->owner.size; kv_iter_next(iter)) {
		struct package_record package;

		if (package_record_decode(kv_iter_value(iter), &package) == 0)
			look_at_package(naming, files, kv_iter_key(iter), &package);
	}
}

static void look_at_files(struct naming *naming, struct slice value)
{
	struct release_record record;

	if (release_record_decode(value, &record) ||
	    share_of(naming, record.files_tip, VERSION_NONE) == SHARE_NONE)
		return;
	look_at_packages(naming, record.files_tip);
	if (naming->owner.size)
		return;
	buffer_printf(&naming->owner, "%s ", naming->release);
	buffer_add(&naming->owner, naming->path.data, naming->path.size);
}

/* ---- all of it ---- */

static void look_everywhere(struct naming *naming)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct record_key prefix;

	record_key_releases(&prefix);
	if (kv_iter_new(kv_of(naming), record_key_slice(&prefix), &iter))
		return;
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);

		if (key.size != 1 + RELEASE_LENGTH)
			continue;
		memcpy(naming->release, (const char *)key.data + 1, RELEASE_LENGTH);
		look_at_levels(naming);
		look_at_files(naming, kv_iter_value(iter));
	}
}

static void find_path(struct naming *naming)
{
	const struct tree_problem *problem = naming->problem;
	_cleanup_(cleanup_view) struct view *view = NULL;

	if (view_new(naming->verify->store->trees, problem->version, &view) ||
	    view_path(view, problem->number, &naming->path))
		buffer_clear(&naming->path);
	if (!naming->path.size)
		buffer_printf(&naming->path, "number %llu", (unsigned long long)problem->number);
}

/* As much of a text as there is room for, in one line whatever users called their files. */
static void put(char *target, size_t size, const struct buffer *text)
{
	size_t length = 0;

	for (size_t i = 0; i < text->size && length + 5 <= size; i++) {
		unsigned char byte = text->data[i];

		if (byte < ' ' || byte == 0x7f || byte == '\\')
			length += (size_t)snprintf(target + length, 5, "\\x%02x", byte);
		else
			target[length++] = (char)byte;
	}
	target[length] = 0;
}

static void put_what(const struct naming *naming, char ret_what[VERIFY_WHAT_MAX])
{
	_cleanup_(cleanup_buffer) struct buffer what = BUFFER_INIT;

	buffer_text(&what, naming->problem->what);
	if (naming->listed) {
		buffer_text(&what, "; also in ");
		buffer_add(&what, naming->others.data + 2, naming->others.size - 2);
	}
	if (naming->more)
		buffer_printf(&what, " and %u more levels", naming->more);
	put(ret_what, VERIFY_WHAT_MAX, &what);
}

void verify_name(struct verify *verify, const struct tree_problem *problem,
		 char ret_object[VERIFY_OBJECT_MAX], char ret_what[VERIFY_WHAT_MAX])
{
	struct naming naming = { .verify = verify, .problem = problem };

	if (problem->version != VERSION_NONE && verify->named++ < NAMED_MAX) {
		find_path(&naming);
		look_everywhere(&naming);
	}
	if (!naming.owner.size) {
		buffer_printf(&naming.owner, "version %u ", problem->version);
		if (naming.path.size)
			buffer_add(&naming.owner, naming.path.data, naming.path.size);
		else
			buffer_printf(&naming.owner, "number %llu",
				      (unsigned long long)problem->number);
	}
	put(ret_object, VERIFY_OBJECT_MAX, &naming.owner);
	put_what(&naming, ret_what);
	buffer_release(&naming.path);
	buffer_release(&naming.owner);
	buffer_release(&naming.others);
}
