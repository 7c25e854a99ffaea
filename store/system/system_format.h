/*
 * The bytes of a managed system's record: key S, docs/format.md "Records".
 */
#ifndef STORE_SYSTEM_SYSTEM_FORMAT_H
#define STORE_SYSTEM_SYSTEM_FORMAT_H

#include "store/level/level_format.h"
#include "store/system/system.h"

/* The order of the attributes is that of system_attributes() and of the record. */
#define SYSTEM_ATTRIBUTE_COUNT 6

struct system_record {
	struct system_info info; /* info.id is in the key */
	uint32_t changed_by;
	struct timespec sent; /* when test was last set; zero: never */
	uint32_t sent_by;
	char value[SYSTEM_ATTRIBUTE_COUNT][SYSTEM_VALUE_MAX + 1]; /* "": not set */
};

void system_record_encode(const struct system_record *record, struct buffer *ret_value);
/* Strict, as store/level/level_format.h; does not set info.id. */
int system_record_decode(struct slice value, struct system_record *ret_record);

#endif
