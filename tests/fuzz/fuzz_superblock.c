/*
 * The superblock: the first bytes that are read of a store.
 */
#include "store/base/error.h"
#include "store/superblock.h"
#include "tests/fuzz/fuzz.h"

#define FIRST_LINES "csmfs store\nformat "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct buffer again = BUFFER_INIT;
	struct superblock superblock;
	int code = superblock_decode(text, &superblock);

	if (code == -CSM_STORE_NEWER)
		MUST(size > strlen(FIRST_LINES) && memcmp(data, FIRST_LINES, strlen(FIRST_LINES)) == 0);
	if (code == 0) {
		superblock_encode(&superblock, &again);
		must_be_again(text, &again);
	}
	return 0;
}
