/*
 * fsck.csmfs: checks a store that is not mounted, and repairs what can be repaired without
 * a guess.
 *
 * What is wrong is told a line at a time as it is found; the exit code is that of fsck(8),
 * so boot scripts and people read it the same way. Opening the store replays its log and
 * lets go of files that were open when the daemon died, as a mount does: that is no
 * repair, and happens with -n too.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "store/upkeep/verify.h"
#include "tools/scope.h"

#define CACHE_BYTES (64u << 20)

/* The bits of fsck(8). */
enum fsck_code {
	FSCK_CLEAN = 0,
	FSCK_CORRECTED = 1,
	FSCK_UNCORRECTED = 4,
	FSCK_FAILED = 8,
	FSCK_USAGE = 16,
};

static const char usage[] =
	"Usage: fsck.csmfs [-n | -y | -p | -a] [--quick] STORE\n"
	"\n"
	"Checks an unmounted csmfs store.\n"
	"\n"
	"  -n             tell what is wrong, repair nothing (the default)\n"
	"  -y, -p, -a     repair what can be repaired without a guess\n"
	"  -q, --quick    do not read and hash every chunk of content\n"
	"  -v, --verbose  tell each phase\n"
	"  -h, --help     -V, --version\n"
	"\n"
	"Exit code, a sum of: 0 clean, 1 repaired, 4 problems are left, 8 could not check, 16 usage\n";

static const struct option long_options[] = {
	{ "quick", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct arguments {
	const char *store;
	struct verify_options verify;
	bool verbose, asks_nothing; /* asks_nothing: -n was said */
	bool done;		    /* --help or --version answered */
};

static void print_phase(void *context, const char *what)
{
	(void)context;
	printf("checking %s\n", what);
	fflush(stdout);
}

static void print_problem(void *context, const char *object, const char *what, int code)
{
	(void)context;
	if (code)
		printf("%s: %s (%s)\n", object, what, error_text(code));
	else
		printf("%s: %s\n", object, what);
}

static void print_summary(const struct arguments *arguments, const struct verify_counts *counts)
{
	unsigned long long left = counts->problems - counts->repaired;

	printf("%s: %llu releases, %llu levels, %llu packages, %llu systems: ", arguments->store,
	       (unsigned long long)counts->releases, (unsigned long long)counts->levels,
	       (unsigned long long)counts->packages, (unsigned long long)counts->systems);
	if (!counts->problems)
		printf("clean%s\n", arguments->verify.read_chunks ? "" : " (content was not read)");
	else
		printf("%llu problems, %llu repaired, %llu left\n",
		       (unsigned long long)counts->problems, (unsigned long long)counts->repaired,
		       left);
	if (left && !arguments->verify.repair)
		printf("%s: fsck.csmfs -y repairs what can be repaired without a guess\n",
		       arguments->store);
}

static int code_of_counts(const struct verify_counts *counts)
{
	int code = FSCK_CLEAN;

	if (counts->repaired)
		code |= FSCK_CORRECTED;
	if (counts->problems > counts->repaired)
		code |= FSCK_UNCORRECTED;
	return code;
}

/* A store too damaged to be read is a problem left; everything else says nothing about the store. */
static int code_of_failure(int code)
{
	switch (-code) {
	case CSM_STORE_DAMAGED:
	case CSM_ROW_CORRUPT:
	case EIO:
		return FSCK_UNCORRECTED;
	default:
		return FSCK_FAILED;
	}
}

static int check(const struct arguments *arguments)
{
	const struct verify_report report = { arguments->verbose ? print_phase : NULL,
					      print_problem, NULL };
	_cleanup_free_ char *message = NULL;
	struct verify_counts counts;
	struct store *store;
	int failure = store_open(arguments->store, CACHE_BYTES, &store, &message), code;

	if (failure) {
		fprintf(stderr, "fsck.csmfs: %s\n", message ? message : error_text(failure));
		return code_of_failure(failure);
	}
	failure = store_verify(store, &arguments->verify, &report, &counts);
	store_close(store);
	print_summary(arguments, &counts);
	code = code_of_counts(&counts);
	if (failure) {
		fprintf(stderr, "fsck.csmfs: %s: the check did not come to its end: %s\n",
			arguments->store, error_text(failure));
		code |= code_of_failure(failure);
	}
	return fflush(stdout) ? code | FSCK_FAILED : code;
}

static int complain(const char *what)
{
	if (what)
		fprintf(stderr, "fsck.csmfs: %s\n", what);
	fputs("Try: fsck.csmfs --help\n", stderr);
	return FSCK_USAGE;
}

static int take_option(int option, struct arguments *arguments)
{
	switch (option) {
	case 'n':
		arguments->asks_nothing = true;
		return 0;
	case 'y':
	case 'p':
	case 'a':
		arguments->verify.repair = true;
		return 0;
	case 'q':
		arguments->verify.read_chunks = false;
		return 0;
	case 'v':
		arguments->verbose = true;
		return 0;
	case 'f': /* fsck(8) passes it; every check is a whole one */
		return 0;
	case 'h':
		arguments->done = true;
		fputs(usage, stdout);
		return 0;
	case 'V':
		arguments->done = true;
		puts("fsck.csmfs (csmfs) " CSMFS_VERSION);
		return 0;
	default:
		return complain(NULL);
	}
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .verify = { .read_chunks = true, .repair = false } };
	int option, code = 0;

	while (!code && !arguments.done &&
	       (option = getopt_long(argc, argv, "nypafqvhV", long_options, NULL)) != -1)
		code = take_option(option, &arguments);
	if (code || arguments.done)
		return code;
	if (arguments.asks_nothing && arguments.verify.repair)
		return complain("-n and a repair exclude each other");
	if (argc - optind != 1)
		return complain(optind == argc ? "name the store" : "one store at a time");
	arguments.store = argv[optind];
	return check(&arguments);
}
