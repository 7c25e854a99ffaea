/*
 * The order of the check and its words.
 *
 * Records come first: a file space opens only when all of its records decode and fit
 * together, so what is wrong with one is told before opening refuses the whole. Rows come
 * last, after everything that a repair may have written or dropped.
 *
 * Damage and failure differ: damage is told and the check goes on; a failure (no memory,
 * a disk that does not read) ends it.
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

static int verify_release(struct verify *verify, const char *release)
{
	_cleanup_(cleanup_filespace) struct filespace *filespace = NULL;
	int code;

	verify->counts->releases++;
	code = verify_records(verify, release);
	if (code)
		return code;
	code = filespace_open(verify->store->trees, release, &filespace);
	if (code && verify_is_damage(code)) {
		verify->reached_all = false;
		verify_problem(verify, code, "the release does not open", "%s", release);
		return 0;
	}
	if (!code)
		code = verify_levels(verify, filespace);
	if (!code)
		code = verify_packages(verify, filespace);
	return code ? code : verify_systems(verify, filespace);
}

static int verify_releases(struct verify *verify)
{
	_cleanup_(cleanup_buffer) struct buffer releases = BUFFER_INIT;
	int code = filespace_releases(verify->store->engine.kv, &releases);

	if (code == -CSM_ROW_CORRUPT) {
		verify->reached_all = false;
		verify_problem(verify, code, "the list of releases does not decode", "store");
		return 0;
	}
	for (size_t at = 0; !code && at < releases.size;
	     at += strlen((char *)releases.data + at) + 1) {
		phase(verify, (char *)releases.data + at);
		code = verify_release(verify, (char *)releases.data + at);
	}
	return code ? code : verify_strays(verify, &releases);
}

static void release_owners(struct verify *verify)
{
	for (size_t i = 0; i < verify->owner_count; i++)
		free(verify->owners[i].name);
	free(verify->owners);
	free(verify->reached);
}

int store_verify(struct store *store, const struct verify_options *options,
		 const struct verify_report *report, struct verify_counts *ret_counts)
{
	struct verify verify = { .store = store,
				 .options = options,
				 .report = report,
				 .counts = ret_counts,
				 .reached_all = true };
	int code;

	*ret_counts = (struct verify_counts){ 0 };
	code = verify_releases(&verify);
	if (!code) {
		phase(&verify, "versions");
		code = verify_versions(&verify);
	}
	if (!code) {
		phase(&verify, options->read_chunks ? "rows and content" : "rows");
		code = verify_rows(&verify);
	}
	if (!code && options->repair)
		code = kv_sync(store->engine.kv);
	release_owners(&verify);
	return code;
}
