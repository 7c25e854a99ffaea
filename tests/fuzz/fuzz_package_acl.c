/*
 * ACL bytes on their way into an archive. What is refused leaves nothing in the entry; what the
 * file system takes as an ACL can be packaged.
 */
#include "store/package/acl.h"

#include <archive.h>

#include "fs/acl.h"
#include "tests/fuzz/fuzz.h"

#define NO_ID UINT32_MAX

/* The kernel refuses a user or group without a number; fs/acl.h leaves that to it. */
static bool has_row_without_id(const uint8_t *data, size_t size)
{
	for (size_t at = 4; at + 8 <= size; at += 8) {
		unsigned tag = data[at] | (unsigned)data[at + 1] << 8;

		if ((tag == 2 || tag == 8) && get_le32(data + at + 4) == NO_ID)
			return true;
	}
	return false;
}

static void try_type(struct slice value, int type)
{
	struct archive_entry *entry = archive_entry_new();
	int code;

	MUST(entry);
	code = acl_add_to_entry(entry, type, value);
	if (code)
		MUST(archive_entry_acl_count(entry, ARCHIVE_ENTRY_ACL_TYPE_POSIX1E) == 0);
	if (acl_check(value) == 0 && !has_row_without_id(value.data, value.size))
		MUST(code == 0);
	archive_entry_free(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice value = slice_of(data, size);

	try_type(value, ARCHIVE_ENTRY_ACL_TYPE_ACCESS);
	try_type(value, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
	return 0;
}
