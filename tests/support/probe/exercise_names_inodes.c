/*
 * Operations on what names lead to: attributes, xattrs and content.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/support/probe/exercise.h"
#include "tests/support/probe/exercise_names.h"

/* ---- attributes ---- */

void do_chmod(void)
{
	struct timespec begun = now();
	mode_t mode = any_mode();
	struct place place;

	if (!any_thing(&place) || S_ISLNK(nodes[place.node].mode))
		return;
	note("chmod %s %o", place.path, mode);
	expect(chmod(place.path, mode), 0, &place);
	nodes[place.node].mode = (nodes[place.node].mode & S_IFMT) | mode;
	changed(place.dir, place.name, &begun);
}

void do_chown(void)
{
	struct timespec begun = now();
	uint32_t uid = any_owner(), gid = any_owner();
	struct place place;
	struct node *node;

	if (!any_thing(&place))
		return;
	node = &nodes[place.node];
	note("chown %s %u:%u", place.path, uid, gid);
	expect(lchown(place.path, uid, gid), 0, &place);
	node->uid = uid;
	node->gid = gid;
	if (!S_ISDIR(node->mode)) {
		node->mode &= ~(mode_t)S_ISUID;
		if (node->mode & S_IXGRP)
			node->mode &= ~(mode_t)S_ISGID;
	}
	changed(place.dir, place.name, &begun);
}

void do_utimens(void)
{
	struct timespec begun = now(), times[2];
	struct place place;
	struct stat stat;

	if (!any_thing(&place))
		return;
	for (int i = 0; i < 2; i++) {
		times[i].tv_sec = (time_t)roll(6000000000ULL) - 2000000000;
		times[i].tv_nsec = (long)roll(1000000000);
	}
	note("utimens %s %lld.%09ld", place.path, (long long)times[1].tv_sec, times[1].tv_nsec);
	expect(utimensat(AT_FDCWD, place.path, times, AT_SYMLINK_NOFOLLOW), 0, &place);
	expect(lstat(place.path, &stat), 0, &place);
	if (memcmp(&stat.st_mtim, &times[1], sizeof(times[1])) != 0 ||
	    memcmp(&stat.st_atim, &times[0], sizeof(times[0])) != 0)
		wrong("%s: its times are not what was set", place.path);
	changed(place.dir, place.name, &begun);
}

void do_setxattr(void)
{
	struct timespec begun = now();
	int which, flags = (int)roll(3), result, wanted = 0;
	size_t size = (size_t)roll(VALUE_MAX);
	uint8_t value[VALUE_MAX];
	struct place place;
	struct node *node;

	if (!any_thing(&place))
		return;
	node = &nodes[place.node];
	which = S_ISREG(node->mode) || S_ISDIR(node->mode) ? (int)roll(XATTRS) : 0;
	for (size_t i = 0; i < size; i++)
		value[i] = (uint8_t)roll(256);
	note("setxattr %s %s %zu flags %d", place.path, xattr_names[which], size, flags);
	if (flags == XATTR_CREATE && node->value_size[which] >= 0)
		wanted = EEXIST;
	if (flags == XATTR_REPLACE && node->value_size[which] < 0)
		wanted = ENODATA;
	result = lsetxattr(place.path, xattr_names[which], value, size, flags);
	expect(result, wanted, &place);
	if (result < 0)
		return;
	node->value_size[which] = (ssize_t)size;
	memcpy(node->value[which], value, size);
	changed(place.dir, place.name, &begun);
}

void do_removexattr(void)
{
	struct timespec begun = now();
	int which = (int)roll(XATTRS), result;
	struct place place;
	struct node *node;

	if (!any_thing(&place))
		return;
	node = &nodes[place.node];
	if (!S_ISREG(node->mode) && !S_ISDIR(node->mode))
		which = 0;
	note("removexattr %s %s", place.path, xattr_names[which]);
	result = lremovexattr(place.path, xattr_names[which]);
	expect(result, node->value_size[which] < 0 ? ENODATA : 0, &place);
	if (result < 0)
		return;
	node->value_size[which] = -1;
	changed(place.dir, place.name, &begun);
}

/* ---- content ---- */

static bool any_file(struct place *ret_place)
{
	for (int tries = 0; tries < 20; tries++)
		if (any_thing(ret_place) && S_ISREG(nodes[ret_place->node].mode))
			return true;
	return false;
}

static void write_random(int fd, const struct place *place)
{
	struct node *node = &nodes[place->node];
	size_t offset = (size_t)roll(roll(4) ? 3000 : 290000), size = (size_t)roll(20000) + 1;

	for (size_t i = 0; i < size; i++)
		node->bytes[offset + i] = (uint8_t)roll(256);
	if (pwrite(fd, node->bytes + offset, size, (off_t)offset) != (ssize_t)size)
		wrong("%s: write: %s", place->path, strerror(errno));
	if (offset + size > node->size)
		node->size = offset + size;
}

static void check_content(int fd, const struct place *place)
{
	static uint8_t bytes[CONTENT_MAX + 1];
	const struct node *node = &nodes[place->node];
	ssize_t got = pread(fd, bytes, sizeof(bytes), 0);

	if (got != (ssize_t)node->size || memcmp(bytes, node->bytes, node->size) != 0)
		wrong("%s: its bytes are not what was written", place->path);
}

void do_write(void)
{
	struct timespec begun = now();
	struct place place;
	int fd;

	if (!any_file(&place))
		return;
	note("write %s", place.path);
	fd = open(place.path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	expect(fd, 0, &place);
	write_random(fd, &place);
	expect(close(fd), 0, &place);
	changed(place.dir, place.name, &begun);
}

void do_truncate(void)
{
	struct timespec begun = now();
	size_t size = (size_t)roll(roll(2) ? CONTENT_MAX : 3000);
	struct place place;
	struct node *node;

	if (!any_file(&place))
		return;
	node = &nodes[place.node];
	note("truncate %s %zu to %zu", place.path, node->size, size);
	expect(truncate(place.path, (off_t)size), 0, &place);
	if (size < node->size)
		memset(node->bytes + size, 0, node->size - size);
	node->size = size;
	changed(place.dir, place.name, &begun);
}

void do_read(void)
{
	struct place place;
	int fd;

	if (!any_file(&place))
		return;
	note("read %s", place.path);
	fd = open(place.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	expect(fd, 0, &place);
	check_content(fd, &place);
	close(fd);
}

/* An open file is written and read when its name is gone. */
void do_write_unlinked(void)
{
	struct place place;
	struct stat stat;
	int fd;

	if (!any_file(&place))
		return;
	note("write %s behind its unlink", place.path);
	fd = open(place.path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	expect(fd, 0, &place);
	expect(unlink(place.path), 0, &place);
	write_random(fd, &place);
	check_content(fd, &place);
	expect(fstat(fd, &stat), 0, &place);
	if (stat.st_nlink != (nlink_t)nodes[place.node].names - 1)
		wrong("%s: %lu links behind an unlink", place.path, (unsigned long)stat.st_nlink);
	expect(close(fd), 0, &place);
	model_unlink(place.entry);
}
