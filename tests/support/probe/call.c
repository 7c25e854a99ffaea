/*
 * One system call by a user, and how it ended: prints ok, or the name of the error.
 *
 *   call UID GID[,GID...] OPERATION ARGUMENT...
 *
 * Modes are octal and the umask is 0. open knows the flags below, joined by commas, and a number: bytes to
 * write behind it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NUMBER(text, base) strtoul(text, NULL, base)

static int open_flags(char *words)
{
	static const struct {
		const char *word;
		int flag;
	} flags[] = { { "rdonly", O_RDONLY },	  { "wronly", O_WRONLY },
		      { "rdwr", O_RDWR },	  { "creat", O_CREAT },
		      { "excl", O_EXCL },	  { "trunc", O_TRUNC },
		      { "append", O_APPEND },	  { "directory", O_DIRECTORY },
		      { "nofollow", O_NOFOLLOW }, { "nonblock", O_NONBLOCK } };
	int all = 0;

	for (char *word = strsep(&words, ","); word; word = strsep(&words, ","))
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (strcmp(word, flags[i].word) == 0)
				all |= flags[i].flag;
	return all;
}

static int call_open(char **a)
{
	int fd = open(a[0], open_flags(a[1]), (mode_t)NUMBER(a[2], 8));
	size_t size = a[3] ? NUMBER(a[3], 10) : 0;
	char *bytes = calloc(1, size + 1);

	return fd < 0 || (size && write(fd, bytes, size) != (ssize_t)size) ? -1 : close(fd);
}

static int call_mkdir(char **a)
{
	return mkdir(a[0], (mode_t)NUMBER(a[1], 8));
}

/* PATH MODE with its kind, MAJOR MINOR */
static int call_mknod(char **a)
{
	return mknod(a[0], (mode_t)NUMBER(a[1], 8),
		     makedev((unsigned)NUMBER(a[2], 10), (unsigned)NUMBER(a[3], 10)));
}

static int call_link(char **a)
{
	return link(a[0], a[1]);
}

static int call_symlink(char **a)
{
	return symlink(a[0], a[1]);
}

static int call_unlink(char **a)
{
	return unlink(a[0]);
}

static int call_rmdir(char **a)
{
	return rmdir(a[0]);
}

static int call_rename(char **a)
{
	return rename(a[0], a[1]);
}

static int call_chmod(char **a)
{
	return chmod(a[0], (mode_t)NUMBER(a[1], 8));
}

/* -1 leaves an owner as it is */
static int call_chown(char **a)
{
	return chown(a[0], (uid_t)strtol(a[1], NULL, 10), (gid_t)strtol(a[2], NULL, 10));
}

static int call_lchown(char **a)
{
	return lchown(a[0], (uid_t)strtol(a[1], NULL, 10), (gid_t)strtol(a[2], NULL, 10));
}

static int call_truncate(char **a)
{
	return truncate(a[0], (off_t)strtoll(a[1], NULL, 10));
}

/* PATH FLAGS SIZE */
static int call_ftruncate(char **a)
{
	int fd = open(a[0], open_flags(a[1]));

	return fd < 0 ? -1 : ftruncate(fd, (off_t)strtoll(a[2], NULL, 10));
}

/* PATH FLAGS OFFSET LENGTH */
static int call_fallocate(char **a)
{
	int fd = open(a[0], open_flags(a[1]));

	if (fd < 0)
		return -1;
	errno = posix_fallocate(fd, (off_t)strtoll(a[2], NULL, 10), (off_t)strtoll(a[3], NULL, 10));
	return errno ? -1 : 0;
}

static struct timespec time_of(const char *word)
{
	struct timespec time = { .tv_nsec = UTIME_NOW };
	char *end;

	if (strcmp(word, "omit") == 0)
		time.tv_nsec = UTIME_OMIT;
	if (strcmp(word, "now") == 0 || strcmp(word, "omit") == 0)
		return time;
	time.tv_sec = strtoll(word, &end, 10);
	time.tv_nsec = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	return time;
}

/* PATH ATIME MTIME: SECONDS.NANOSECONDS, now or omit; never through a link */
static int call_utimens(char **a)
{
	struct timespec times[2] = { time_of(a[1]), time_of(a[2]) };

	return utimensat(AT_FDCWD, a[0], times, AT_SYMLINK_NOFOLLOW);
}

static int call_stat(char **a)
{
	struct stat stat_of;

	return stat(a[0], &stat_of);
}

static const struct {
	const char *name;
	int least;
	int (*run)(char **arguments);
} calls[] = {
	{ "open", 3, call_open },	    { "mkdir", 2, call_mkdir },
	{ "mknod", 4, call_mknod },	    { "link", 2, call_link },
	{ "symlink", 2, call_symlink },	    { "unlink", 1, call_unlink },
	{ "rmdir", 1, call_rmdir },	    { "rename", 2, call_rename },
	{ "chmod", 2, call_chmod },	    { "chown", 3, call_chown },
	{ "lchown", 3, call_lchown },	    { "truncate", 2, call_truncate },
	{ "ftruncate", 3, call_ftruncate }, { "fallocate", 4, call_fallocate },
	{ "utimens", 3, call_utimens },	    { "stat", 1, call_stat },
};

static void become(const char *uid, char *groups)
{
	gid_t list[16];
	size_t count = 0;

	for (char *word = strsep(&groups, ","); word && count < 16; word = strsep(&groups, ","))
		list[count++] = (gid_t)NUMBER(word, 10);
	if (setgroups(count - 1, list + 1) < 0 || setgid(list[0]) < 0 ||
	    setuid((uid_t)NUMBER(uid, 10)) < 0) {
		perror("call");
		exit(2);
	}
	umask(0);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 4 && i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(argv[3], calls[i].name) != 0 || argc - 4 < calls[i].least)
			continue;
		become(argv[1], argv[2]);
		puts(calls[i].run(argv + 4) < 0 ? strerrorname_np(errno) : "ok");
		return 0;
	}
	fprintf(stderr, "call: UID GID[,GID...] OPERATION ARGUMENT...\n");
	return 2;
}
