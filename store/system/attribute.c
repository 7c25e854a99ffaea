/*
 * What is known of a managed system besides its links: how it is reached, and its ESM
 * setting. Values end up in the argument lists of ssh and scp, so a host never starts
 * with a dash and nothing has blanks or control characters but the description.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/system/system_internal.h"

/* ---- what a value may be ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(const char *value)
{
	return name_check(value) == 0;
}

/* A host name, an address, or user@host; IPv6 brings colons, brackets and a zone. */
static bool is_host(const char *value)
{
	if (value[0] == '-')
		return false;
	for (const char *at = value; *at; at++)
		if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || is_digit(*at) ||
		      strchr("._-:@[]%", *at)))
			return false;
	return true;
}

static bool is_port(const char *value)
{
	long number = 0;

	for (const char *at = value; *at; at++) {
		if (!is_digit(*at) || at - value >= 5)
			return false;
		number = number * 10 + (*at - '0');
	}
	return number >= 1 && number <= 65535;
}

static bool is_esm(const char *value)
{
	return esm_check(value) == 0;
}

static bool is_text(const char *value)
{
	(void)value;
	return true;
}

static const char *const names[SYSTEM_ATTRIBUTE_COUNT + 1] = { "host", "port",	 "commtype",
							       "esm",  "secure", "description" };
static bool (*const allows[SYSTEM_ATTRIBUTE_COUNT])(const char *value) = { is_host, is_port,
									   is_word, is_esm,
									   is_word, is_text };
enum { ATTRIBUTE_ESM = 3 };

const char *const *system_attributes(void)
{
	return names;
}

int system_attribute_index(const char *attribute)
{
	for (int i = 0; i < SYSTEM_ATTRIBUTE_COUNT; i++)
		if (strcmp(names[i], attribute) == 0)
			return i;
	return -CSM_ATTRIBUTE_UNKNOWN;
}

const char *system_esm(const struct system_record *record)
{
	return record->value[ATTRIBUTE_ESM][0] ? record->value[ATTRIBUTE_ESM] : "NONESM";
}

/* ---- get and set ---- */

int system_get(struct systems *systems, uint32_t id, const char *attribute,
	       struct buffer *ret_value)
{
	int index = system_attribute_index(attribute);
	const struct system_record *record;

	if (index < 0)
		return index;
	WITH_READ(&systems->lock);
	record = system_record_of(systems, id);
	if (!record)
		return -ENOENT;
	if (!record->value[index][0])
		return -ENODATA;
	buffer_text(ret_value, record->value[index]);
	return buffer_failed(ret_value) ? -ENOMEM : 0;
}

/* Text without bytes takes a description away; no other attribute has an empty value. */
static int check_value(int index, const char *value)
{
	if (strnlen(value, SYSTEM_VALUE_MAX + 1) > SYSTEM_VALUE_MAX)
		return -CSM_VALUE_BAD;
	if (!value[0])
		return allows[index] == is_text ? 0 : -CSM_VALUE_BAD;
	return allows[index](value) ? 0 : -CSM_VALUE_BAD;
}

static int set(struct systems *systems, const struct system_record *record, int index,
	       const char *value, uint32_t uid)
{
	struct system_record next = *record;
	int err = value ? check_value(index, value) : 0;

	if (err)
		return err;
	if (!value && !record->value[index][0])
		return -ENODATA;
	snprintf(next.value[index], sizeof(next.value[index]), "%s", value ? value : "");
	return system_store(systems, &next, uid);
}

int system_set(struct systems *systems, uint32_t id, const char *attribute, const char *value,
	       uint32_t uid)
{
	int index = system_attribute_index(attribute);
	struct system_record *record;

	WITH_MUTEX(filespace_changes(systems->filespace));
	record = system_record_of(systems, id);
	if (!record)
		return -ENOENT;
	return system_log(systems, uid, "modify", record->info.name,
			  index < 0 ? index : set(systems, record, index, value, uid), attribute);
}
