/*
 * The number of the last commit known to be on disk, in a small file beside the database
 * (DB/SYNCED, docs/format.md "Watermark"). The database drops the tail of its log that
 * does not check; the watermark tells a torn tail, which nobody was promised, from
 * damage that took commits whose sync had returned.
 */
#ifndef STORE_ENGINE_WATERMARK_H
#define STORE_ENGINE_WATERMARK_H

#include <stdint.h>

#define WATERMARK_FILE "SYNCED"

struct watermark {
	int fd;
};
#define WATERMARK_INIT                                                                             \
	{                                                                                          \
		-1                                                                                 \
	}

/* Opens or makes the file in directory. ret_sequence: what it says, 0: nothing. 0 or -errno. */
int watermark_open(struct watermark *mark, const char *directory, uint64_t *ret_sequence);
/* Commits up to sequence are on disk: called after the sync, never before. */
void watermark_raise(struct watermark *mark, uint64_t sequence);
void watermark_close(struct watermark *mark); /* legal when not open */

#endif
