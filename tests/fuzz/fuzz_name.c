/*
 * Names of levels, systems and releases, and values of ESM. A name that is taken can stand in a
 * path, on a command line and in a table without quoting.
 */
#include "store/level/level.h"
#include "tests/fuzz/fuzz.h"

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of_input(data, size);
	size_t length = strlen(text);
	bool is_plain = strspn(text, name_characters) == length;

	if (name_check(text) == 0)
		MUST(length >= 1 && length <= LEVEL_NAME_MAX && is_plain && text[0] != '.' && text[0] != '-');
	if (esm_check(text) == 0)
		MUST(length >= 1 && length <= ESM_MAX && is_plain);
	if (release_check(text) == 0)
		MUST(length == 3 && strspn(text, "0123456789") == 3);
	free(text);
	return 0;
}
