/*
 * Random operations on names and attributes by several processes in one tree. Each has a
 * directory of its own, where every result, right or refused, is foretold by a model; and all
 * share one, where only what no order of operations explains is wrong.
 *
 *   exercise_names run SEED OPERATIONS PROCESSES DIR OUT
 *           works in DIR/own.N and DIR/shared, from what is there; then OUT/own.N is what
 *           DIR/own.N must be. Exit code 1 and the last operations when a result is wrong.
 *   exercise_names list DIR      tells DIR in the words of OUT/own.N
 *   exercise_names times DIR     the same with inode numbers and times
 *
 * It runs as root. The same seed on the same tree makes the same operations in DIR/own.N.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/probe/exercise.h"
#include "tests/support/probe/exercise_names.h"

static const char *shared; /* DIR/shared */

/* ---- looking ---- */

static void do_stat(void)
{
	struct place place;
	struct stat stat;

	any_place(&place);
	note("stat %s", place.path);
	expect(lstat(place.path, &stat), place.entry < 0 ? ENOENT : 0, &place);
	if (place.entry >= 0)
		check_stat(&place, &stat);
}

/* All names, once each; and seekdir() comes back to where telldir() was. */
static void do_readdir(void)
{
	static char found[ENTRIES][256];
	int dir = any_directory(), count = 0, wanted = 0, place_at_name = (int)roll(6);
	char path[PATH_SIZE];
	const struct dirent *entry;
	long place = -1;
	DIR *stream;

	model_path(top, dir, path);
	note("readdir %s", path);
	stream = opendir(path);
	if (!stream)
		wrong("%s: %s", path, strerror(errno));
	for (int i = 0; i < ENTRIES; i++)
		wanted += entries[i].dir == dir;
	for (;;) {
		if (count == place_at_name)
			place = telldir(stream);
		entry = readdir(stream);
		if (!entry || count == ENTRIES)
			break;
		for (int i = 0; i < count; i++)
			if (strcmp(found[i], entry->d_name) == 0)
				wrong("%s: %s is listed twice", path, entry->d_name);
		if (entry->d_name[0] != '.' && model_find(dir, entry->d_name) < 0)
			wrong("%s: %s is listed and not there", path, entry->d_name);
		snprintf(found[count++], sizeof(found[0]), "%s", entry->d_name);
	}
	if (count != wanted + 2)
		wrong("%s: %d names are listed, not %d", path, count, wanted + 2);
	if (place >= 0) {
		seekdir(stream, place);
		for (int i = place_at_name; i < count; i++) {
			entry = readdir(stream);
			if (!entry || strcmp(entry->d_name, found[i]) != 0)
				wrong("%s: behind seekdir is %s, not %s", path,
				      entry ? entry->d_name : "nothing", found[i]);
		}
	}
	closedir(stream);
}

/* ---- the shared directory ---- */

static int shared_operation(const char *one, const char *other)
{
	int fd;

	switch (roll(10)) {
	case 0:
	case 1:
		fd = open(one,
			  O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC |
				  (roll(2) ? O_EXCL : O_TRUNC),
			  0644);
		return fd < 0 || write(fd, "shared", 6) != 6 ? -1 : close(fd);
	case 2:
		return mkdir(one, 0755);
	case 3:
		return symlink("nowhere", one);
	case 4:
		return link(one, other);
	case 5:
		return unlink(one);
	case 6:
		return rmdir(one);
	case 7:
		return truncate(one, (off_t)roll(1000));
	case 8:
		return lchown(one, any_owner(), any_owner());
	default:
		return renameat2(AT_FDCWD, one, AT_FDCWD, other, roll(3) ? 0 : RENAME_EXCHANGE);
	}
}

/* What the others do meanwhile explains any of these, and nothing else. */
static void do_shared(void)
{
	static const int plausible[] = { 0,	    ENOENT, EEXIST, ENOTDIR, EISDIR,
					 ENOTEMPTY, EINVAL, EPERM,  ELOOP };
	char one[4096], other[4096];
	int code;

	snprintf(one, sizeof(one), "%s/%s", shared, names[roll(NAMES)]);
	if (roll(3) == 0)
		snprintf(one + strlen(one), sizeof(one) - strlen(one), "/%s", names[roll(NAMES)]);
	snprintf(other, sizeof(other), "%s/%s", shared, names[roll(NAMES)]);
	note("shared %s", one);
	code = shared_operation(one, other) < 0 ? errno : 0;
	for (size_t i = 0; i < sizeof(plausible) / sizeof(plausible[0]); i++)
		if (code == plausible[i])
			return;
	wrong("%s, %s: %s", one, other, strerror(code));
}

/* ---- the run ---- */

static const struct {
	void (*run)(void);
	unsigned share;
} operations[] = {
	{ do_create, 12 },	  { do_mkdir, 8 },   { do_mknod, 4 },	 { do_symlink, 4 },
	{ do_link, 8 },		  { do_unlink, 10 }, { do_rmdir, 4 },	 { do_rename, 16 },
	{ do_chmod, 4 },	  { do_chown, 4 },   { do_utimens, 3 },	 { do_setxattr, 5 },
	{ do_removexattr, 3 },	  { do_write, 8 },   { do_truncate, 4 }, { do_read, 3 },
	{ do_write_unlinked, 2 }, { do_stat, 4 },    { do_readdir, 4 },	 { do_shared, 16 },
};

static void operate(void)
{
	unsigned sides = 0, chosen, i = 0;

	for (unsigned at = 0; at < sizeof(operations) / sizeof(operations[0]); at++)
		sides += operations[at].share;
	chosen = (unsigned)roll(sides);
	while (chosen >= operations[i].share)
		chosen -= operations[i++].share;
	operations[i].run();
}

static void work(uint64_t seed, unsigned long count, const char *directory, const char *out,
		 unsigned number)
{
	static char own[4096], common[4096], path[4096];
	FILE *file;

	snprintf(own, sizeof(own), "%s/own.%u", directory, number);
	snprintf(common, sizeof(common), "%s/shared", directory);
	snprintf(path, sizeof(path), "%s/own.%u", out, number);
	top = own;
	shared = common;
	random_state = seed * 1000 + number;
	note("make %s", own);
	if (mkdir(own, 0755) < 0 && errno != EEXIST)
		wrong("%s: %s", own, strerror(errno));
	model_load(own);
	for (operation = 1; operation <= count; operation++)
		operate();
	operation = count;
	file = fopen(path, "w");
	if (!file)
		wrong("%s: %s", path, strerror(errno));
	model_print(file);
	fclose(file);
}

static int run(char **arguments)
{
	uint64_t seed = strtoull(arguments[0], NULL, 10);
	unsigned long count = strtoul(arguments[1], NULL, 10);
	unsigned processes = (unsigned)strtoul(arguments[2], NULL, 10);
	int status, bad = 0;
	char path[4096];

	umask(0);
	snprintf(path, sizeof(path), "%s/shared", arguments[3]);
	if (mkdir(path, 0755) < 0 && errno != EEXIST) {
		perror(path);
		return 1;
	}
	for (unsigned i = 0; i < processes; i++) {
		if (fork() == 0) {
			work(seed, count, arguments[3], arguments[4], i);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		bad |= status != 0;
	return bad;
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "run") == 0)
		return run(argv + 2);
	if (argc == 3 && (strcmp(argv[1], "list") == 0 || strcmp(argv[1], "times") == 0)) {
		tree_print(argv[2], argv[1][0] == 't', stdout);
		return 0;
	}
	fprintf(stderr,
		"usage: exercise_names run SEED OPERATIONS PROCESSES DIR OUT | list DIR | times DIR\n");
	return 2;
}
