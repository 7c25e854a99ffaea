/*
 * Growable bytes. A buffer starts as BUFFER_INIT (or zeroed) and ends with
 * buffer_release(). An append that finds no memory marks the buffer failed and
 * drops the bytes; a caller checks buffer_failed() once at the end (-ENOMEM).
 */
#ifndef STORE_BASE_BUFFER_H
#define STORE_BASE_BUFFER_H

#include "store/base/bytes.h"

struct buffer {
	uint8_t *data; /* owned; NULL while empty */
	size_t size;
	size_t capacity;
	bool failed; /* an append found no memory */
};

#define BUFFER_INIT                                                                                \
	{                                                                                          \
		NULL, 0, 0, false                                                                  \
	}

/* Frees the bytes and makes the buffer empty and usable again. Legal on an empty one. */
void buffer_release(struct buffer *b);
/* Makes the buffer empty, keeps its memory. */
void buffer_clear(struct buffer *b);
/* Makes room for size more bytes; 0 or -ENOMEM. */
int buffer_reserve(struct buffer *b, size_t size);
/* Appends. The u8, le and text forms append a value in that shape; text without its NUL. */
void buffer_add(struct buffer *b, const void *data, size_t size);
void buffer_u8(struct buffer *b, uint8_t v);
void buffer_le16(struct buffer *b, uint16_t v);
void buffer_le32(struct buffer *b, uint32_t v);
void buffer_le64(struct buffer *b, uint64_t v);
void buffer_be32(struct buffer *b, uint32_t v);
void buffer_be64(struct buffer *b, uint64_t v);
void buffer_text(struct buffer *b, const char *text);
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Replaces the content with size bytes of data; 0 or -ENOMEM. */
int buffer_set(struct buffer *b, const void *data, size_t size);
/* The bytes as a NUL-terminated text that the caller frees; the buffer is empty after. NULL: no memory. */
char *buffer_detach_text(struct buffer *b);

static inline bool buffer_failed(const struct buffer *b)
{
	return b->failed;
}

static inline struct slice buffer_slice(const struct buffer *b)
{
	return slice_of(b->data, b->size);
}

#endif
