/*
 * From a level to a package, and away again.
 *
 * The order of building is what makes a crash harmless: the files come first, under a
 * directory that no record names, then they are synced, then the record is made. What is
 * packaged is a version that holds still, so writers go on meanwhile, and what they write
 * makes the new package a stale one, never a torn one.
 *
 * Dropping is the other way round: the record goes first.
 */
#include "store/package/package.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/package/package_files.h"
#include "store/package/package_servlinks.h"

struct build {
	struct level *level;
	struct level *other; /* owned reference; what it is packaged against */
	struct space *files;
	struct view *view, *against; /* owned references */
	struct level_info info;
	struct package_record record;
};

static void build_release(struct build *build)
{
	level_put(build->other);
	view_unref(build->view);
	view_unref(build->against);
}

/* ---- what is packaged ---- */

static int find_other(struct level *level, uint32_t against, struct level **ret_other)
{
	struct filespace *filespace = level_filespace(level);
	int r = against ? filespace_level_by_id(filespace, against, ret_other)
			: filespace_level(filespace, "BASE", ret_other);

	return r == -ENOENT ? -CSM_LEVEL_UNKNOWN : r;
}

static int build_prepare(struct build *build, struct level *level, uint32_t against, uint32_t uid)
{
	struct package_record existing;
	int r = level_package(level, against, &existing);

	if (r != -ENOENT)
		return r < 0 ? r : -CSM_PACKAGE_EXISTS;
	build->level = level;
	build->files = filespace_files(level_filespace(level));
	build->record.against = against;
	build->record.built_by = uid;
	level_info(level, &build->info);
	r = find_other(level, against, &build->other);
	if (r < 0)
		return r;
	return level_hold_still(level, against, &build->view, &build->record.content,
				&build->against);
}

/* ---- MANIFEST ---- */

static int encode_manifest(struct build *build, const struct package_servlinks *servlinks,
			   struct buffer *ret_text)
{
	struct manifest manifest = {
		.release = filespace_release(level_filespace(build->level)),
		.level = build->info.name,
		.against = level_name(build->other),
		.basedon = build->info.basedon,
		.esm = build->info.esm,
		.description = build->info.description,
		.servlinks = servlinks->list,
		.servlink_count = servlinks->count,
	};
	int r = level_view_digest(build->view, &manifest.digest);

	if (r == 0)
		r = level_view_digest(build->against, &manifest.against_digest);
	if (r < 0)
		return r;
	manifest_encode_head(&manifest, ret_text);
	buffer_add(ret_text, servlinks->lines.data, servlinks->lines.size);
	return buffer_failed(ret_text) || buffer_failed(&servlinks->lines) ? -ENOMEM : 0;
}

static int write_manifest(struct build *build, const struct package_servlinks *servlinks,
			  const struct sign_key *key)
{
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
	uint8_t signature[SIGNATURE_SIZE];
	uint64_t directory = build->record.directory;
	int r = encode_manifest(build, servlinks, &text);

	if (r == 0)
		r = sign(key, buffer_slice(&text), signature);
	if (r == 0)
		r = package_files_write(build->files, directory, MANIFEST_NAME,
					buffer_slice(&text));
	if (r == 0)
		r = package_files_write(build->files, directory, MANIFEST_SIGNATURE_NAME,
					slice_of(signature, sizeof(signature)));
	if (r == 0)
		build->record.id = digest_of(buffer_slice(&text));
	return r;
}

/* ---- building ---- */

static int write_files(struct build *build, const struct sign_key *key,
		       const struct package_progress *progress)
{
	_cleanup_(package_servlinks_release) struct package_servlinks servlinks =
		PACKAGE_SERVLINKS_INIT;
	const struct package_source source = { build->against, build->view, build->info.name,
					       progress };
	int r = package_servlinks_write(&source, build->files, build->record.directory, &servlinks);

	if (r == 0)
		r = write_manifest(build, &servlinks, key);
	return r < 0 ? r : space_sync(build->files);
}

/*
 * A level that was deleted meanwhile has lost rows, so what was read of it is worth
 * nothing. Afterwards it cannot be deleted any more: the record keeps it.
 */
static int check_still_there(const struct build *build)
{
	return level_is_gone(build->level) || level_is_gone(build->other) ? -CSM_STALE : 0;
}

static int write_package(struct build *build, const struct sign_key *key,
			 const struct package_progress *progress)
{
	char stem[32];
	int r;

	snprintf(stem, sizeof(stem), "%" PRIu32 "-%" PRIu32, build->info.id,
		 level_id(build->other));
	r = package_files_make(build->files, stem, &build->record.directory);
	if (r < 0)
		return r;
	r = write_files(build, key, progress);
	if (r == 0)
		r = check_still_there(build);
	clock_gettime(CLOCK_REALTIME, &build->record.built);
	return r;
}

/*
 * A failure to record may come after the record was made (its sync failed): then the
 * package is there, and its files stay.
 */
static void take_back(struct build *build)
{
	struct package_record recorded;

	if (build->record.directory == 0)
		return;
	if (level_package(build->level, build->record.against, &recorded) == 0 &&
	    recorded.directory == build->record.directory)
		return;
	package_files_remove(build->files, build->record.directory);
}

int package_build(struct level *level, uint32_t against, const struct sign_key *key, uint32_t uid,
		  const struct package_progress *progress)
{
	_cleanup_(build_release) struct build build = { 0 };
	int r = build_prepare(&build, level, against, uid);

	if (r == 0)
		r = write_package(&build, key, progress);
	if (r < 0)
		level_log_refusal(level, uid, "package", NULL, r);
	else
		r = level_record_package(level, &build.record, uid);
	if (r < 0)
		take_back(&build);
	return r;
}

/* ---- the way back ---- */

int package_drop(struct level *level, uint32_t against, uint32_t uid)
{
	struct package_record record;
	int r = level_package(level, against, &record);

	if (r == 0)
		r = level_forget_package(level, against, uid);
	return r < 0 ? r
		     : package_files_remove(filespace_files(level_filespace(level)),
					    record.directory);
}

struct directories {
	struct buffer numbers; /* uint64_t each */
};

static int add_directory(void *context, const struct package_record *record)
{
	struct directories *directories = context;

	buffer_add(&directories->numbers, &record->directory, sizeof(record->directory));
	return buffer_failed(&directories->numbers) ? -ENOMEM : 0;
}

static int add_directories(void *context, struct level *level)
{
	return level_each_package(level, add_directory, context);
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static int is_recorded(void *context, uint64_t directory)
{
	const struct buffer *numbers = &((struct directories *)context)->numbers;

	return numbers->size > 0 &&
	       bsearch(&directory, numbers->data, numbers->size / sizeof(directory),
		       sizeof(directory), compare_numbers) != NULL;
}

int packages_clean(struct filespace *filespace)
{
	struct directories directories = { BUFFER_INIT };
	int r = filespace_each_level(filespace, add_directories, &directories);

	if (r == 0) {
		if (directories.numbers.size > 0)
			qsort(directories.numbers.data, directories.numbers.size / sizeof(uint64_t),
			      sizeof(uint64_t), compare_numbers);
		r = package_files_clean(filespace_files(filespace), is_recorded, &directories);
	}
	buffer_release(&directories.numbers);
	return r;
}
