/*
 * The stored form of a chunk: a tag, the size of the bytes, the bytes plain or as one LZ4
 * block. LZ4 is taken only where it saves something, so every chunk of bytes that do not
 * compress (packages, images) is stored as it is and read without work.
 *
 * The decoder meets whatever is on the disk. It never writes more than the size it
 * checked, and accepts only what the encoder may have written: an LZ4 form that saves
 * nothing is refused like any other unknown one.
 */
#include <errno.h>
#include <lz4.h>

#include "store/base/error.h"
#include "store/chunk/chunk.h"

#define TAG_PLAIN 'P'
#define TAG_LZ4 'L'
#define HEADER_SIZE 5 /* u8 tag, le32 size */

static void add_header(struct buffer *stored, uint8_t tag, size_t size)
{
	buffer_u8(stored, tag);
	buffer_le32(stored, (uint32_t)size);
}

int chunk_encode(struct slice bytes, struct buffer *ret_stored)
{
	int packed;

	buffer_clear(ret_stored);
	if (bytes.size == 0 || bytes.size > CHUNK_SIZE_MAX)
		return -EINVAL;
	if (buffer_reserve(ret_stored, HEADER_SIZE + bytes.size))
		return -ENOMEM;
	/* One byte less than the plain form has: what does not fit is not worth it. */
	packed = LZ4_compress_default(bytes.data, (char *)ret_stored->data + HEADER_SIZE,
				      (int)bytes.size, (int)bytes.size - 1);
	if (packed > 0) {
		add_header(ret_stored, TAG_LZ4, bytes.size);
		ret_stored->size += (size_t)packed;
	} else {
		add_header(ret_stored, TAG_PLAIN, bytes.size);
		buffer_add(ret_stored, bytes.data, bytes.size);
	}
	return 0;
}

static int unpack(const uint8_t *packed, size_t packed_size, size_t size, struct buffer *ret_bytes)
{
	int got;

	if (buffer_reserve(ret_bytes, size))
		return -ENOMEM;
	got = LZ4_decompress_safe((const char *)packed, (char *)ret_bytes->data, (int)packed_size,
				  (int)size);
	if (got != (int)size)
		return -CSM_CHUNK_CORRUPT;
	ret_bytes->size = size;
	return 0;
}

int chunk_decode(struct slice stored, struct buffer *ret_bytes)
{
	struct reader reader = reader_of(stored);
	uint8_t tag = reader_u8(&reader);
	uint32_t size = reader_le32(&reader);

	buffer_clear(ret_bytes);
	if (reader.bad || size == 0 || size > CHUNK_SIZE_MAX)
		return -CSM_CHUNK_CORRUPT;
	if (tag == TAG_PLAIN && reader.left == size)
		return buffer_set(ret_bytes, reader.at, size);
	if (tag == TAG_LZ4 && reader.left < size)
		return unpack(reader.at, reader.left, size, ret_bytes);
	return -CSM_CHUNK_CORRUPT;
}
