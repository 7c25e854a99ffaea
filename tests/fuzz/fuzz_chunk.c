/*
 * The stored form of a chunk. LZ4 writes the same bytes in many ways, so what is decoded is not
 * encoded to the form that was given, but to one that means the same.
 */
#include "store/chunk/chunk.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer bytes = BUFFER_INIT, stored = BUFFER_INIT, again = BUFFER_INIT;
	int code = chunk_decode(slice_of(data, size), &bytes);

	if (code == 0) {
		MUST(bytes.size >= 1 && bytes.size <= CHUNK_SIZE_MAX);
		MUST(chunk_encode(buffer_slice(&bytes), &stored) == 0);
		MUST(chunk_decode(buffer_slice(&stored), &again) == 0);
		must_equal(buffer_slice(&bytes), buffer_slice(&again));
	} else {
		MUST(bytes.size == 0);
	}
	buffer_release(&bytes);
	buffer_release(&stored);
	buffer_release(&again);
	return 0;
}
