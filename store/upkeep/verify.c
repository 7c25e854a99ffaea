/*
 * The order of the check and its words.
 *
 * Records come first: a file space opens only when all of its records decode and fit
 * together, so what is wrong with one is told before opening refuses the whole. Rows come
 * last, after everything that a repair may have written or dropped.
 *
 * Damage and failure differ: damage is told and the check goes on, also where the engine or the
 * disk does not give the bytes; a failure (no memory) ends it.
 */
#include "store/upkeep/verify_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

bool verify_is_damage(int code)
{
	switch (-code) {
	case CSM_STORE_DAMAGED:
	case CSM_ROW_CORRUPT:
	case CSM_CHUNK_CORRUPT:
	case CSM_CHUNK_MISSING:
	case CSM_STALE:
	case CSM_LEVEL_UNKNOWN:
	case EIO:
	case ENOENT:
	case ENOTDIR:
	case EBADMSG:
	case EINVAL:
		return true;
	default:
		return false;
	}
}

void verify_problem(struct verify *verify, int code, const char *what, const char *object_format,
		    ...)
{
	char object[VERIFY_OBJECT_MAX];
	va_list arguments;

	va_start(arguments, object_format);
	vsnprintf(object, sizeof(object), object_format, arguments);
	va_end(arguments);
	verify->counts->problems++;
	verify->report->found(verify->report->context, object, what, code);
}

static void phase(struct verify *verify, const char *what)
{
	if (verify->report->phase)
		verify->report->phase(verify->report->context, what);
}

static void cleanup_filespace(struct filespace **filespace)
{
	filespace_close(*filespace);
}

/* Opens a release for one of the parts; NULL and 0: it does not open. */
static int open_release(struct verify *verify, const char *release, bool tell,
			struct filespace **ret_filespace)
{
	int code = filespace_open(verify->store->trees, release, ret_filespace);

	if (code == 0 || !verify_is_damage(code))
		return code;
	*ret_filespace = NULL;
	verify->reached_all = false;
	if (tell)
		verify_problem(verify, code, "the release does not open", "%s", release);
	return 0;
}

static int release_records(struct verify *verify, const char *release)
{
	_cleanup_(cleanup_filespace) struct filespace *filespace = NULL;
	int code;

	phase(verify, release);
	verify->counts->releases++;
	code = verify_records(verify, release);
	if (!code)
		code = open_release(verify, release, true, &filespace);
	if (!code && filespace)
		code = verify_levels(verify, filespace);
	if (!code && filespace)
		code = verify_systems(verify, filespace);
	return code;
}

static int release_packages(struct verify *verify, const char *release)
{
	_cleanup_(cleanup_filespace) struct filespace *filespace = NULL;
	int code = open_release(verify, release, false, &filespace);

	return code || !filespace ? code : verify_packages(verify, filespace);
}

static int list_releases(struct verify *verify, struct buffer *ret_releases)
{
	int code = filespace_releases(verify->store->engine.kv, ret_releases);

	if (code == 0 || !verify_is_damage(code))
		return code;
	verify->reached_all = false;
	verify_problem(verify, code, "the list of releases does not decode", "store");
	return 0;
}

static int each_release(struct verify *verify, const struct buffer *releases,
			int (*check)(struct verify *verify, const char *release))
{
	int code = 0;

	for (size_t at = 0; !code && at < releases->size;
	     at += strlen((char *)releases->data + at) + 1)
		code = check(verify, (char *)releases->data + at);
	return code;
}

static int check_records(struct verify *verify)
{
	_cleanup_(cleanup_buffer) struct buffer releases = BUFFER_INIT;
	int code = list_releases(verify, &releases);

	if (!code)
		code = each_release(verify, &releases, release_records);
	if (!code)
		code = verify_strays(verify, &releases);
	if (!code)
		code = verify_scrub(verify);
	phase(verify, "versions");
	return code ? code : verify_versions(verify);
}

static int check_packages(struct verify *verify)
{
	_cleanup_(cleanup_buffer) struct buffer releases = BUFFER_INIT;
	int code = filespace_releases(verify->store->engine.kv, &releases);

	phase(verify, "packages");
	if (code) /* told with the records */
		return verify_is_damage(code) ? 0 : code;
	return each_release(verify, &releases, release_packages);
}

static int check_rows(struct verify *verify)
{
	phase(verify, verify->options->read_chunks ? "rows and content" : "rows");
	return verify_rows(verify);
}

static int check_part(struct verify *verify, enum verify_part part)
{
	switch (part) {
	case VERIFY_RECORDS:
		return check_records(verify);
	case VERIFY_PACKAGES:
		return check_packages(verify);
	case VERIFY_ROWS:
		return check_rows(verify);
	default:
		return -EINVAL;
	}
}

int store_verify(struct store *store, const struct verify_options *options,
		 const struct verify_report *report, struct verify_counts *ret_counts)
{
	_cleanup_(cleanup_buffer) struct buffer position = BUFFER_INIT;
	struct verify verify = { .store = store,
				 .options = options,
				 .report = report,
				 .counts = ret_counts,
				 .position = &position,
				 .reached_all = true };
	int code = 0;

	*ret_counts = (struct verify_counts){ 0 };
	for (int part = VERIFY_RECORDS; !code && part <= VERIFY_ROWS; part++) {
		buffer_clear(&position);
		code = check_part(&verify, (enum verify_part)part);
	}
	if (!code && options->repair)
		code = kv_sync(store->engine.kv);
	free(verify.reached);
	return code;
}

int store_verify_part(struct store *store, struct store *moment, enum verify_part part,
		      const struct verify_options *options, const struct verify_report *report,
		      struct buffer *position)
{
	struct verify_counts counts = { 0 };
	struct verify verify = { .store = moment,
				 .options = options,
				 .report = report,
				 .counts = &counts,
				 .position = position,
				 .live = store->engine.kv,
				 .reached_all = true };
	int code = check_part(&verify, part);

	free(verify.reached);
	return code;
}
