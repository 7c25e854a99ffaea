/*
 * Reading and writing the superblock. It is written last when a store is made, under
 * another name and renamed, so a directory with a superblock holds a complete store.
 *
 * The text has one form. A format this program does not know is told apart from damage,
 * because the first two lines will stay what they are in every format.
 */
#include "store/superblock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/store.h"

#define SUPERBLOCK_NEW	    "csmfs.store.new"
#define SUPERBLOCK_SIZE_MAX 4096
#define FIRST_LINES	    "csmfs store\nformat "

static void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Random, with the version and variant bits of RFC 4122. */
static int new_uuid(char ret_text[UUID_TEXT_SIZE])
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -EIO;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(ret_text, UUID_TEXT_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
	return 0;
}

int superblock_new(struct superblock *ret_superblock)
{
	time_t now = time(NULL);
	struct tm parts;

	ret_superblock->format = STORE_FORMAT_VERSION;
	if (!gmtime_r(&now, &parts) ||
	    strftime(ret_superblock->created, sizeof(ret_superblock->created), "%Y-%m-%dT%H:%M:%SZ",
		     &parts) != 20)
		return -EOVERFLOW;
	return new_uuid(ret_superblock->uuid);
}

void superblock_encode(const struct superblock *superblock, struct buffer *ret_text)
{
	buffer_printf(ret_text, "csmfs store\nformat %u\nuuid %s\ncreated %s\n", superblock->format,
		      superblock->uuid, superblock->created);
}

/* x stands for a lower-case hex digit, 9 for a digit. */
static bool matches(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++) {
		bool is_digit = *text >= '0' && *text <= '9';
		bool is_hex = is_digit || (*text >= 'a' && *text <= 'f');

		if (*pattern == 'x' ? !is_hex : *pattern == '9' ? !is_digit : *text != *pattern)
			return false;
	}
	return *text == '\0';
}

int superblock_decode(struct slice text, struct superblock *ret_superblock)
{
	char copy[SUPERBLOCK_SIZE_MAX + 1];
	_cleanup_(cleanup_buffer) struct buffer again = BUFFER_INIT;

	if (text.size > SUPERBLOCK_SIZE_MAX)
		return -CSM_STORE_DAMAGED;
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	if (strncmp(copy, FIRST_LINES, strlen(FIRST_LINES)) != 0 ||
	    sscanf(copy, FIRST_LINES "%9u\n", &ret_superblock->format) != 1 ||
	    !ret_superblock->format)
		return -CSM_STORE_DAMAGED;
	if (ret_superblock->format > STORE_FORMAT_VERSION)
		return -CSM_STORE_NEWER;
	if (sscanf(copy, FIRST_LINES "%*u\nuuid %36s\ncreated %20s\n", ret_superblock->uuid,
		   ret_superblock->created) != 2)
		return -CSM_STORE_DAMAGED;
	/* sscanf is lenient with blanks and signs; the one form is what encoding gives */
	superblock_encode(ret_superblock, &again);
	if (buffer_failed(&again))
		return -ENOMEM;
	if (again.size != text.size || memcmp(again.data, text.data, text.size) != 0 ||
	    !matches(ret_superblock->uuid, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") ||
	    !matches(ret_superblock->created, "9999-99-99T99:99:99Z"))
		return -CSM_STORE_DAMAGED;
	return 0;
}

static int open_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int superblock_read(const char *directory, struct superblock *ret_superblock)
{
	_cleanup_(cleanup_fd) int dir = open_directory(directory), fd = -1;
	char text[SUPERBLOCK_SIZE_MAX];
	ssize_t size;

	if (dir < 0)
		return dir == -ENOENT || dir == -ENOTDIR ? -CSM_STORE_MISSING : dir;
	fd = openat(dir, SUPERBLOCK_NAME, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -CSM_STORE_MISSING : -errno;
	size = read(fd, text, sizeof(text));
	if (size < 0)
		return -errno;
	return superblock_decode(slice_of(text, (size_t)size), ret_superblock);
}

static int write_file(int fd, const struct buffer *text)
{
	ssize_t written = write(fd, text->data, text->size);

	if (written < 0)
		return -errno;
	if ((size_t)written != text->size)
		return -ENOSPC;
	return fsync(fd) ? -errno : 0;
}

int superblock_write(const char *directory, const struct superblock *superblock)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	_cleanup_(cleanup_fd) int dir = open_directory(directory), fd = -1;
	int err;

	if (dir < 0)
		return dir;
	superblock_encode(superblock, &text);
	if (buffer_failed(&text))
		return -ENOMEM;
	fd = openat(dir, SUPERBLOCK_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = write_file(fd, &text);
	if (!err && renameat(dir, SUPERBLOCK_NEW, dir, SUPERBLOCK_NAME))
		err = -errno;
	if (err)
		unlinkat(dir, SUPERBLOCK_NEW, 0);
	else if (fsync(dir))
		err = -errno;
	return err;
}
