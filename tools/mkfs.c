/*
 * mkfs.csmfs: makes a store, or adds a release to one.
 *
 * The work is store_create()'s, all or nothing. The store is then opened once, as a mount
 * will open it, so that what is reported is what is there.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "tools/exit_code.h"
#include "tools/scope.h"

#define DEFAULT_RELEASE "720"
#define CACHE_BYTES	(1u << 20)

static const char usage[] =
	"Usage: mkfs.csmfs [--release VRM] STORE\n"
	"\n"
	"Makes the directory STORE a csmfs store with one release, whose BASE is empty; or adds\n"
	"the release to the store that is there.\n"
	"\n"
	"  -r, --release VRM  the release, three digits; " DEFAULT_RELEASE " when not given\n"
	"  -h, --help         -V, --version\n"
	"\n"
	"Exit codes: 0 made, 1 refused, 2 usage, 4 system error\n";

static const struct option long_options[] = {
	{ "release", required_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code explain(const char *object, int code, const char *message)
{
	const char *way_out = error_way_out(code);

	if (message)
		fprintf(stderr, "mkfs.csmfs: %s\n", message);
	else
		fprintf(stderr, "mkfs.csmfs: %s: %s%s%s\n", object, error_text(code),
			*way_out ? "; " : "", way_out);
	switch (error_errno(code)) {
	case EIO:
	case ENOMEM:
	case ENOSPC:
	case EUCLEAN:
		return EXIT_SYSTEM;
	default:
		return EXIT_REFUSED;
	}
}

static size_t count_releases(const struct buffer *names)
{
	size_t count = 0;

	for (size_t i = 0; i < names->size; i++)
		count += names->data[i] == 0;
	return count;
}

static int report(const struct store *store, const char *release)
{
	_cleanup_(cleanup_buffer) struct buffer releases = BUFFER_INIT;
	int code = filespace_releases(store->engine.kv, &releases);

	if (code)
		return code;
	printf("%s: %s, uuid %s, format %d\n", store->path,
	       count_releases(&releases) > 1 ? "store" : "new store", store->uuid,
	       STORE_FORMAT_VERSION);
	printf("release %s: new, BASE is empty\n", release);
	return fflush(stdout) ? -errno : 0;
}

static bool is_about_release(int code)
{
	return code == -CSM_RELEASE_BAD || code == -CSM_RELEASE_EXISTS;
}

static enum exit_code make(const char *path, const char *release)
{
	_cleanup_free_ char *message = NULL;
	struct store *store;
	int code = store_create(path, release);

	if (code)
		return explain(is_about_release(code) ? release : path, code, NULL);
	code = store_open(path, CACHE_BYTES, &store, &message);
	if (code)
		return explain(path, code, message);
	code = report(store, release);
	store_close(store);
	return code ? explain(path, code, NULL) : EXIT_DONE;
}

static enum exit_code complain_usage(void)
{
	fputs("Try: mkfs.csmfs --help\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *release = DEFAULT_RELEASE;
	int option;

	while ((option = getopt_long(argc, argv, "r:hV", long_options, NULL)) != -1) {
		switch (option) {
		case 'r':
			release = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		case 'V':
			puts("mkfs.csmfs (csmfs) " CSMFS_VERSION);
			return EXIT_DONE;
		default:
			return complain_usage();
		}
	}
	if (argc - optind != 1) {
		fprintf(stderr, "mkfs.csmfs: %s\n",
			optind == argc ? "name the store" : "one store at a time");
		return complain_usage();
	}
	return (int)make(argv[optind], release);
}
