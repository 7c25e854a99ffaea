/*
 * The file is written after the log's fsync and never synced itself. So it may lag
 * behind what is on disk (after a power loss by a few seconds) but is never ahead, and
 * it costs one write to the page cache for each disk write.
 *
 * A number that does not match its complement says nothing: the check is then off until
 * the next sync, which is no worse than not to have it.
 */
#include "store/engine/watermark.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/base/bytes.h"

#define WATERMARK_SIZE 16 /* le64 sequence, le64 its complement */

int watermark_open(struct watermark *mark, const char *directory, uint64_t *ret_sequence)
{
	uint8_t bytes[WATERMARK_SIZE];
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*ret_sequence = 0;
	if (dir < 0)
		return -errno;
	mark->fd = openat(dir, WATERMARK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (mark->fd < 0) {
		int code = -errno;

		close(dir);
		return code;
	}
	close(dir);
	if (pread(mark->fd, bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes &&
	    get_le64(bytes) == ~get_le64(bytes + 8))
		*ret_sequence = get_le64(bytes);
	return 0;
}

void watermark_raise(struct watermark *mark, uint64_t sequence)
{
	uint8_t bytes[WATERMARK_SIZE];

	put_le64(bytes, sequence);
	put_le64(bytes + 8, ~sequence);
	/* A failure leaves the older number, or none: see above. */
	if (pwrite(mark->fd, bytes, sizeof bytes, 0) < 0)
		return;
}

void watermark_close(struct watermark *mark)
{
	if (mark->fd >= 0)
		close(mark->fd);
	mark->fd = -1;
}
