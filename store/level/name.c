/*
 * Names of levels, systems and releases.
 *
 * The rule is what every Linux tool takes without quoting and what z/VM can be told after
 * folding to upper case. Names that differ by case only would be one name there, so they
 * are one name here; the store keeps the spelling of whoever made it.
 */
#include <string.h>
#include <strings.h>

#include "store/base/error.h"
#include "store/level/level_internal.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_character(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' ||
	       c == '.' || c == '-';
}

int name_check(const char *name)
{
	size_t length = strnlen(name, LEVEL_NAME_MAX + 1);

	if (length == 0 || length > LEVEL_NAME_MAX || name[0] == '.' || name[0] == '-')
		return -CSM_NAME_BAD;
	for (size_t i = 0; i < length; i++)
		if (!is_name_character(name[i]))
			return -CSM_NAME_BAD;
	return 0;
}

bool name_is_reserved(const char *name)
{
	static const char *const reserved[] = { "BASE",	 "SYSTEMS", "SVCSTAT", "SYSSTAT",
						"DELTA", "BUILD",   "APPLY",   "PACKAGE" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcasecmp(name, reserved[i]) == 0)
			return true;
	return false;
}

int esm_check(const char *value)
{
	size_t length = strnlen(value, ESM_MAX + 1);

	if (length == 0 || length > ESM_MAX)
		return -CSM_VALUE_BAD;
	for (size_t i = 0; i < length; i++)
		if (!is_name_character(value[i]))
			return -CSM_VALUE_BAD;
	return 0;
}

int release_check(const char *release)
{
	if (strnlen(release, RELEASE_LENGTH + 1) != RELEASE_LENGTH)
		return -CSM_RELEASE_BAD;
	for (size_t i = 0; i < RELEASE_LENGTH; i++)
		if (!is_digit(release[i]))
			return -CSM_RELEASE_BAD;
	return 0;
}
