/*
 * Options in two grammars. csmfs has a few letters of its own; mount(8) has others (-f is
 * "fake" there), and passes on what stands in fstab, of which much is for itself
 * (nofail, x-systemd.*). Both share -o, where csmfs takes its own words out and hands the
 * rest on. An unknown word is refused by libfuse, with its name.
 */
#include <ctype.h>
#include <errno.h>
#include <fuse_lowlevel.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/options.h"
#include "store/base/buffer.h"
#include "store/base/cleanup.h"

#define CACHE_BYTES ((size_t)32 << 20)
#define THREADS 10
#define THREADS_MAX 1000

const char options_usage[] =
	"usage: csmfs STORE DIR [-f] [-d] [-o OPTION[,OPTION...]]\n"
	"       mount -t csmfs STORE DIR [-o OPTION[,OPTION...]]\n"
	"\n"
	"  -f             stay in the foreground\n"
	"  -d             show every request (implies -f)\n"
	"  -o release=VRM the release to show, when the store has several\n"
	"  -o cache=SIZE  memory for content, as 32M\n"
	"  -o threads=N   threads that serve requests\n"
	"  -o no_resend   do as with a kernel that sends no request again\n"
	"  -o ro ...      options of mount(8)\n"
	"  -V, --version  print the version\n"
	"  -h, --help     print this\n";

/* Words that fstab has for others than the file system. */
static bool is_for_mount(const char *word)
{
	static const char *const words[] = { "defaults", "auto", "noauto", "nofail", "user", "nouser", "users",
					     "owner", "group", "_netdev", "rw", NULL };

	for (size_t i = 0; words[i]; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return strncmp(word, "x-", 2) == 0 || strncmp(word, "X-", 2) == 0 || strncmp(word, "comment=", 8) == 0;
}

static int complain(char **ret_message, const char *what, const char *object)
{
	if (asprintf(ret_message, "%s: %s", object, what) < 0)
		*ret_message = NULL;
	return -EINVAL;
}

static bool parse_size(const char *text, size_t *ret_size)
{
	char *end;
	unsigned long long value;
	unsigned shift;

	errno = 0;
	value = strtoull(text, &end, 10);
	shift = *end == 'K' || *end == 'k' ? 10 : *end == 'M' || *end == 'm' ? 20 : *end == 'G' || *end == 'g' ? 30 : 0;
	if (shift)
		end++;
	if (errno || end == text || *end || !isdigit((unsigned char)text[0]) || value > SIZE_MAX >> shift)
		return false;
	*ret_size = (size_t)value << shift;
	return true;
}

static int set_release(struct options *options, const char *value, char **ret_message)
{
	if (strlen(value) != 3)
		return complain(ret_message, "a release is three digits, as 720", value);
	memcpy(options->release, value, 4);
	return 0;
}

static int set_threads(struct options *options, const char *value, char **ret_message)
{
	size_t threads;

	/* One thread could not serve a request that waits for another. */
	if (!parse_size(value, &threads) || threads < 2 || threads > THREADS_MAX)
		return complain(ret_message, "threads are 2 to 1000", value);
	options->threads = (unsigned)threads;
	return 0;
}

static int take_word(struct options *options, const char *word, struct buffer *rest, char **ret_message)
{
	if (!word[0] || is_for_mount(word))
		return 0;
	if (strcmp(word, "remount") == 0)
		return complain(ret_message, "a mount keeps its options; unmount it and mount it anew", word);
	if (strncmp(word, "release=", 8) == 0)
		return set_release(options, word + 8, ret_message);
	if (strncmp(word, "threads=", 8) == 0)
		return set_threads(options, word + 8, ret_message);
	if (strncmp(word, "cache=", 6) == 0)
		return parse_size(word + 6, &options->cache_bytes)
			       ? 0
			       : complain(ret_message, "a size is a number with K, M or G", word + 6);
	if (strcmp(word, "no_resend") == 0) {
		options->no_resend = true;
		return 0;
	}
	if (strcmp(word, "debug") == 0) {
		options->debug = options->foreground = true;
		return 0;
	}
	if (rest->size)
		buffer_u8(rest, ',');
	buffer_text(rest, word);
	return 0;
}

static int take_words(struct options *options, const char *list, struct buffer *rest, char **ret_message)
{
	_cleanup_free_ char *copy = strdup(list);
	char *at = copy, *word;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (word = strsep(&at, ",")))
		err = take_word(options, word, rest, ret_message);
	return err;
}

/* -f and friends; the letters mean other things to mount(8). */
static int take_letter(struct options *options, int letter)
{
	switch (letter) {
	case 'f':
		if (options->is_helper)
			options->fake = true;
		else
			options->foreground = true;
		return 0;
	case 'd':
		options->debug = options->foreground = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	case 'V':
		options->version = true;
		return 0;
	case 's':
	case 'n':
	case 'v':
	case 't':
	case 'N':
		return options->is_helper ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* The directory of a dead mount does not resolve: then the one it is in does. */
static char *absolute(const char *path)
{
	_cleanup_free_ char *copy = NULL, *parent = NULL;
	char *full = realpath(path, NULL), *slash;

	if (full || errno != ENOTCONN)
		return full ? full : strdup(path);
	copy = strdup(path);
	if (!copy)
		return NULL;
	for (size_t end = strlen(copy); end > 1 && copy[end - 1] == '/'; end--)
		copy[end - 1] = 0;
	slash = strrchr(copy, '/');
	if (slash)
		*slash = 0;
	parent = realpath(!slash ? "." : slash == copy ? "/" : copy, NULL);
	if (!parent)
		return strdup(path);
	if (asprintf(&full, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, slash ? slash + 1 : copy) < 0)
		return NULL;
	return full;
}

static int take_places(struct options *options, int count, char **places, char **ret_message)
{
	if (options->version || options->help || options->layout)
		return 0;
	if (count != 2)
		return complain(ret_message, "a store and a directory are needed; csmfs -h tells more", "arguments");
	options->store = absolute(places[0]);
	options->directory = absolute(places[1]);
	return options->store && options->directory ? 0 : -ENOMEM;
}

#define LAYOUT_ASKED 3 /* no letter and no role */

static const struct option words[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "worker", required_argument, NULL, ROLE_WORKER },
	{ "supervisor", required_argument, NULL, ROLE_SUPERVISOR },
	{ "layout", required_argument, NULL, LAYOUT_ASKED },
	{ NULL, 0, NULL, 0 },
};

/* A letter may be one of several in its word, and optind then still at that word. */
static int no_option(char **argv, char **ret_message)
{
	char letter[3] = { '-', (char)optopt, 0 };

	return complain(ret_message, "no such option; csmfs -h tells more", optopt ? letter : argv[optind - 1]);
}

int options_parse(int argc, char **argv, struct options *ret_options, char **ret_message)
{
	_cleanup_(buffer_release) struct buffer rest = BUFFER_INIT;
	const char *name = strrchr(argv[0], '/'), *letters;
	int letter, err = 0;

	*ret_message = NULL;
	*ret_options = (struct options){ .cache_bytes = CACHE_BYTES, .threads = THREADS };
	ret_options->is_helper = strncmp(name ? name + 1 : argv[0], "mount.", 6) == 0;
	optind = 0; /* glibc: forget where an earlier call stopped */
	opterr = 0;
	letters = ret_options->is_helper ? "sfnvo:t:N:hV" : "fdo:hV";
	while (!err && (letter = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		if (letter == 'o')
			err = take_words(ret_options, optarg, &rest, ret_message);
		else if (letter == ROLE_WORKER || letter == ROLE_SUPERVISOR)
			err = role_parse(optarg, (enum role_kind)letter, &ret_options->role);
		else if (letter == LAYOUT_ASKED)
			ret_options->layout = optarg;
		else if (take_letter(ret_options, letter))
			err = no_option(argv, ret_message);
	}
	if (!err)
		err = take_places(ret_options, argc - optind, argv + optind, ret_message);
	if (err)
		return err;
	buffer_u8(&rest, 0);
	ret_options->mount_options = buffer_failed(&rest) ? NULL : strdup((const char *)rest.data);
	return ret_options->mount_options ? 0 : -ENOMEM;
}

void options_release(struct options *options)
{
	free(options->store);
	free(options->directory);
	free(options->mount_options);
}

/* "fsname=" and the store, with what libfuse takes for separators escaped. */
static int add_fsname(char **list, const char *store)
{
	_cleanup_free_ char *word = NULL;

	if (asprintf(&word, "fsname=%s", store) < 0)
		return -1;
	return fuse_opt_add_opt_escaped(list, word);
}

int options_fuse_args(const struct options *options, bool is_root, struct fuse_args *ret_args)
{
	char *list = NULL;
	int err;

	*ret_args = (struct fuse_args)FUSE_ARGS_INIT(0, NULL);
	err = fuse_opt_add_opt(&list, "default_permissions,subtype=csmfs");
	/* Devices and set-user-ID programs are part of a level; libfuse would switch them off. */
	if (!err && is_root)
		err = fuse_opt_add_opt(&list, "allow_other,dev,suid");
	if (!err)
		err = add_fsname(&list, options->store);
	if (!err && options->mount_options[0])
		err = fuse_opt_add_opt(&list, options->mount_options);
	if (!err)
		err = fuse_opt_add_arg(ret_args, "csmfs");
	if (!err)
		err = fuse_opt_add_arg(ret_args, "-o");
	if (!err)
		err = fuse_opt_add_arg(ret_args, list);
	if (!err && options->debug)
		err = fuse_opt_add_arg(ret_args, "-d");
	free(list);
	if (err)
		fuse_opt_free_args(ret_args);
	return err ? -ENOMEM : 0;
}
