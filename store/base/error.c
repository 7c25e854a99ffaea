/*
 * The table of codes, read. error.h holds the one list; here it becomes an array that
 * is searched by number. The array is short and only read when something was refused,
 * so a linear search is quick enough and cannot get out of step with the list.
 *
 * Codes up to 1024 are errno values of the system and answer with its words.
 */
#include "store/base/error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct error_entry {
	int number;
	int err;
	const char *name;
	const char *rule;
	const char *way_out;
};

static const struct error_entry entries[] = {
#define CSM_ENTRY(number, name, err, rule, way) { (number), (err), #name, (rule), (way) },
	CSM_ERRORS(CSM_ENTRY)
#undef CSM_ENTRY
};

#define ERRNO_MAX 1024

static const struct error_entry *find_entry(int code)
{
	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
		if (entries[i].number == -code)
			return &entries[i];
	return NULL;
}

int error_errno(int code)
{
	const struct error_entry *entry = find_entry(code);

	if (entry)
		return entry->err;
	if (code == 0)
		return 0;
	/* A positive or unknown code is a fault of ours; the kernel must get a valid errno. */
	return code < 0 && code >= -ERRNO_MAX ? -code : EIO;
}

const char *error_text(int code)
{
	const struct error_entry *entry = find_entry(code);
	const char *text;

	if (entry)
		return entry->rule;
	/* Not strerror(): its text for an unknown number is shared between threads. */
	text = strerrordesc_np(error_errno(code));
	return text ? text : "Unknown error";
}

const char *error_way_out(int code)
{
	const struct error_entry *entry = find_entry(code);

	return entry ? entry->way_out : "";
}

const char *error_name(int code)
{
	const struct error_entry *entry = find_entry(code);

	return entry ? entry->name : "";
}
