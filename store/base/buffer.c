/*
 * Growable bytes, the one place where the store grows memory by itself.
 *
 * Encoders append dozens of small values; checking each append would hide what they
 * encode. So an append that finds no memory only marks the buffer, later appends do
 * nothing (the content stays a clean prefix), and the caller asks once at the end.
 */
#include "store/base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CAPACITY_MIN 64

void buffer_release(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer)BUFFER_INIT;
}

void buffer_clear(struct buffer *b)
{
	b->size = 0;
	b->failed = false;
}

int buffer_reserve(struct buffer *b, size_t size)
{
	size_t need, capacity;
	uint8_t *data;

	if (size <= b->capacity - b->size)
		return 0;
	/* No object is larger than PTRDIFF_MAX, so neither sum below can overflow. */
	if (__builtin_add_overflow(b->size, size, &need) || need > PTRDIFF_MAX)
		return -ENOMEM;
	/* Half more than there was: a long row of appends copies each byte a few times only. */
	capacity = b->capacity + b->capacity / 2;
	if (capacity < need || capacity > PTRDIFF_MAX)
		capacity = need;
	if (capacity < CAPACITY_MIN)
		capacity = CAPACITY_MIN;
	data = realloc(b->data, capacity);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->capacity = capacity;
	return 0;
}

/* Where size new bytes go, or NULL: nothing is appended any more. */
static uint8_t *grow(struct buffer *b, size_t size)
{
	uint8_t *at;

	if (b->failed)
		return NULL;
	if (buffer_reserve(b, size)) {
		b->failed = true;
		return NULL;
	}
	at = b->data + b->size;
	b->size += size;
	return at;
}

void buffer_add(struct buffer *b, const void *data, size_t size)
{
	uint8_t *at;

	if (size == 0)
		return;
	at = grow(b, size);
	if (at)
		memcpy(at, data, size);
}

void buffer_u8(struct buffer *b, uint8_t v)
{
	buffer_add(b, &v, 1);
}

void buffer_le16(struct buffer *b, uint16_t v)
{
	uint8_t bytes[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	buffer_add(b, bytes, sizeof bytes);
}

void buffer_le32(struct buffer *b, uint32_t v)
{
	uint8_t bytes[4];

	put_le32(bytes, v);
	buffer_add(b, bytes, sizeof bytes);
}

void buffer_le64(struct buffer *b, uint64_t v)
{
	uint8_t bytes[8];

	put_le64(bytes, v);
	buffer_add(b, bytes, sizeof bytes);
}

void buffer_be32(struct buffer *b, uint32_t v)
{
	uint8_t bytes[4];

	put_be32(bytes, v);
	buffer_add(b, bytes, sizeof bytes);
}

void buffer_be64(struct buffer *b, uint64_t v)
{
	uint8_t bytes[8];

	put_be64(bytes, v);
	buffer_add(b, bytes, sizeof bytes);
}

void buffer_text(struct buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	uint8_t *at;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	/* One byte more for the NUL that vsnprintf() insists on; it is not content. */
	at = size < 0 ? NULL : grow(b, (size_t)size + 1);
	if (at) {
		vsnprintf((char *)at, (size_t)size + 1, format, again);
		b->size--;
	} else {
		b->failed = true;
	}
	va_end(again);
}

int buffer_set(struct buffer *b, const void *data, size_t size)
{
	buffer_clear(b);
	buffer_add(b, data, size);
	return b->failed ? -ENOMEM : 0;
}

char *buffer_detach_text(struct buffer *b)
{
	char *text;

	buffer_u8(b, 0);
	if (b->failed) {
		buffer_release(b);
		return NULL;
	}
	text = (char *)b->data;
	*b = (struct buffer)BUFFER_INIT;
	return text;
}
