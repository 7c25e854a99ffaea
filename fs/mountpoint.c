/*
 * After kill -9 the mount stays, and everything in it answers ENOTCONN. Such a mount, if it is
 * one of ours, is detached, so that the same command mounts again. /proc/self/mountinfo
 * tells whose it is; its fields have blanks, tabs, newlines and backslashes as octal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/mountpoint.h"
#include "store/base/cleanup.h"
#include "store/base/log.h"

#define MOUNT_TYPE     "fuse.csmfs"
#define DYING_TRIES    500
#define DYING_PAUSE_US 10000
#define STACKED_MAX    64 /* mounts over each other that are detached at most */

struct mount_line {
	char *number, *directory, *type, *source;
};

static void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* \040 and the like, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = 0;
}

/* "36 35 98:0 /root DIRECTORY options [tags...] - TYPE SOURCE options" */
static bool parse_line(char *line, struct mount_line *ret_line)
{
	char *at = line, *field = NULL;

	ret_line->number = NULL;
	for (int i = 0; i < 5; i++) {
		field = strsep(&at, " ");
		if (i == 2)
			ret_line->number = field;
	}
	ret_line->directory = field;
	while (at && (field = strsep(&at, " ")) && strcmp(field, "-") != 0)
		;
	ret_line->type = at ? strsep(&at, " ") : NULL;
	ret_line->source = at ? strsep(&at, " \n") : NULL;
	if (!ret_line->number || !ret_line->directory || !ret_line->source)
		return false;
	unescape(ret_line->directory);
	unescape(ret_line->source);
	return true;
}

void mountpoint_number(const char *directory, char ret_number[MOUNT_NUMBER_SIZE])
{
	_cleanup_(cleanup_file) FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	struct mount_line mount;
	size_t size = 0;

	ret_number[0] = 0;
	while (file && getline(&line, &size, file) > 0)
		if (parse_line(line, &mount) && strcmp(mount.directory, directory) == 0)
			snprintf(ret_number, MOUNT_NUMBER_SIZE, "%s", mount.number);
}

/* True when a csmfs mount is at directory (NULL: anywhere) from store (NULL: any). */
static bool is_mounted(const char *directory, const char *store)
{
	_cleanup_(cleanup_file) FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	struct mount_line mount;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		if (!parse_line(line, &mount) || strcmp(mount.type, MOUNT_TYPE) != 0)
			continue;
		if ((!directory || strcmp(mount.directory, directory) == 0) &&
		    (!store || strcmp(mount.source, store) == 0))
			return true;
	}
	return false;
}

/*
 * stat(2) would not do: the kernel may still have the attributes of the dead mount's root, and
 * then answers for it. ECONNABORTED: a worker whose supervisor was killed is just dying.
 */
static bool is_dead(const char *directory)
{
	struct statfs numbers;

	if (!is_mounted(directory, NULL))
		return false;
	for (int i = 0; i < DYING_TRIES; i++) {
		if (statfs(directory, &numbers) == 0)
			return false;
		if (errno != ECONNABORTED)
			break;
		usleep(DYING_PAUSE_US);
	}
	return errno == ENOTCONN;
}

/* Who is not root has mounted by fusermount3, and unmounts by it. */
static int detach_as_user(const char *directory)
{
	pid_t child = fork();
	int status = 0;

	if (child < 0)
		return -errno;
	if (!child) {
		execlp("fusermount3", "fusermount3", "-u", "-q", "-z", "--", directory,
		       (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	return status ? -EPERM : 0;
}

int mountpoint_clear(const char *directory)
{
	int cleared = 0;

	for (int i = 0; i < STACKED_MAX; i++) {
		int err = 0;

		if (!is_dead(directory))
			return cleared;
		if (geteuid() != 0)
			err = detach_as_user(directory);
		else if (umount2(directory, MNT_DETACH) < 0)
			err = -errno;
		if (err)
			return err;
		cleared = 1;
	}
	return cleared;
}

int mountpoint_check(const char *directory)
{
	struct stat stat_;

	if (stat(directory, &stat_) < 0)
		return -errno;
	return S_ISDIR(stat_.st_mode) ? 0 : -ENOTDIR;
}

bool mountpoint_has_store(const char *store)
{
	return is_mounted(NULL, store);
}

void mountpoint_detach(const char *directory, int device, const char *number)
{
	struct pollfd gone = { .fd = device };
	char now[MOUNT_NUMBER_SIZE];
	int err = 0;

	if (poll(&gone, 1, 0) == 1 && (gone.revents & POLLERR))
		return;
	mountpoint_number(directory, now);
	if (strcmp(now, number) != 0)
		return;
	if (geteuid() != 0)
		err = detach_as_user(directory);
	/* Force ends what waits for an answer. A container's root may not have it. */
	else if (umount2(directory, MNT_FORCE | MNT_DETACH) < 0 &&
		 umount2(directory, MNT_DETACH) < 0)
		err = -errno;
	if (err)
		log_line(LOG_LEVEL_ERROR, "%s: it is not unmounted: %s; umount -l %s does it",
			 directory, strerror(-err), directory);
}

void mountpoint_read_ahead(const char *number, unsigned kib)
{
	char path[64], text[16];
	int fd, size = snprintf(text, sizeof(text), "%u\n", kib);

	snprintf(path, sizeof(path), "/sys/class/bdi/%s/read_ahead_kb", number);
	fd = number[0] ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	if (write(fd, text, (size_t)size) != size)
		log_line(LOG_LEVEL_DEBUG, "%s: %s", path, strerror(errno));
	close(fd);
}
