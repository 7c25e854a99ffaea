/*
 * A small table: who reads is done soon, and a text that had to go is made again. Then a reader may see two
 * moments, as one does who reads a file that is being written.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "fs/node.h"
#include "fs/text.h"

enum { TEXTS = 64, OLD_SECONDS = 2 };
#define TEXTS_BYTES ((size_t)32 << 20)

struct text {
	uint64_t node; /* 0: none */
	struct stat stat;
	struct buffer bytes;
};

struct texts {
	pthread_mutex_t lock; /* everything below */
	size_t bytes;
	struct text texts[TEXTS]; /* the first was made last */
};

bool text_is(uint64_t id)
{
	struct node node;

	if (node_parse(id, &node))
		return false;
	return (node.kind == NODE_FIXED && node.number >= FIXED_VIRTUAL &&
		!(node.number & FIXED_BACKUP)) ||
	       (node.kind == NODE_LEVEL && node.number >= LEVEL_VALUE);
}

int texts_new(struct texts **ret_texts)
{
	struct texts *texts = calloc(1, sizeof(*texts));

	if (!texts)
		return -ENOMEM;
	pthread_mutex_init(&texts->lock, NULL);
	*ret_texts = texts;
	return 0;
}

/* Under the lock. */
static void drop(struct texts *texts, size_t at)
{
	struct text *text = &texts->texts[at];

	texts->bytes -= text->bytes.size;
	buffer_release(&text->bytes);
	memmove(text, text + 1, (TEXTS - 1 - at) * sizeof(*text));
	texts->texts[TEXTS - 1] = (struct text){ 0 };
}

void texts_free(struct texts *texts)
{
	if (!texts)
		return;
	for (size_t i = 0; i < TEXTS; i++)
		buffer_release(&texts->texts[i].bytes);
	pthread_mutex_destroy(&texts->lock);
	free(texts);
}

/* Under the lock. NULL: there is none. */
static struct text *find(struct texts *texts, uint64_t node)
{
	for (size_t i = 0; i < TEXTS && texts->texts[i].node; i++)
		if (texts->texts[i].node == node)
			return &texts->texts[i];
	return NULL;
}

static void make_room(struct texts *texts, uint64_t node, size_t size)
{
	struct text *old = find(texts, node);

	if (old)
		drop(texts, (size_t)(old - texts->texts));
	for (size_t last = TEXTS; last-- > 0;)
		if (texts->texts[last].node &&
		    (last == TEXTS - 1 || texts->bytes + size > TEXTS_BYTES))
			drop(texts, last);
}

void text_keep(struct mount *mount, uint64_t node, struct buffer *text, struct stat *stat)
{
	struct texts *texts = mount->texts;
	struct text kept = { .node = node, .bytes = *text };

	*text = (struct buffer)BUFFER_INIT;
	stat->st_size = (off_t)kept.bytes.size;
	clock_gettime(CLOCK_REALTIME, &stat->st_mtim);
	stat->st_atim = stat->st_ctim = stat->st_mtim;
	kept.stat = *stat;
	WITH_MUTEX(&texts->lock);
	make_room(texts, node, kept.bytes.size);
	memmove(texts->texts + 1, texts->texts, (TEXTS - 1) * sizeof(kept));
	texts->texts[0] = kept;
	texts->bytes += kept.bytes.size;
}

bool text_kept(struct mount *mount, uint64_t node, struct stat *ret_stat)
{
	const struct text *text;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	WITH_MUTEX(&mount->texts->lock);
	text = find(mount->texts, node);
	if (!text || llabs(now.tv_sec - text->stat.st_mtim.tv_sec) > OLD_SECONDS)
		return false;
	*ret_stat = text->stat;
	return true;
}

int text_read(struct mount *mount, uint64_t node, uint64_t offset, size_t size,
	      struct buffer *ret_bytes)
{
	const struct text *text;
	size_t left;

	WITH_MUTEX(&mount->texts->lock);
	text = find(mount->texts, node);
	if (!text)
		return -ENOENT;
	left = offset < text->bytes.size ? text->bytes.size - (size_t)offset : 0;
	if (left)
		buffer_add(ret_bytes, text->bytes.data + offset, left < size ? left : size);
	return buffer_failed(ret_bytes) ? -ENOMEM : 0;
}

void text_drop(struct mount *mount, uint64_t node)
{
	const struct text *text;

	WITH_MUTEX(&mount->texts->lock);
	text = find(mount->texts, node);
	if (text)
		drop(mount->texts, (size_t)(text - mount->texts->texts));
}
