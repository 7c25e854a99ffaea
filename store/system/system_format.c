/*
 * The record of a managed system to bytes and back. All three links are in one record,
 * so that a put2prod is one write.
 */
#include "store/system/system_format.h"

#include "store/base/error.h"

void system_record_encode(const struct system_record *record, struct buffer *ret_value)
{
	buffer_u8(ret_value, RECORD_FORM);
	for (int link = 0; link < LINK_COUNT; link++)
		buffer_le32(ret_value, record->info.level[link]);
	for (int link = 0; link < LINK_COUNT; link++)
		buffer_le32(ret_value, record->info.flips[link]);
	buffer_le64(ret_value, record->info.log);
	record_put_time(ret_value, &record->info.created);
	record_put_time(ret_value, &record->info.changed);
	buffer_le32(ret_value, record->changed_by);
	record_put_time(ret_value, &record->sent);
	buffer_le32(ret_value, record->sent_by);
	record_put_text(ret_value, record->info.name);
	for (int i = 0; i < SYSTEM_ATTRIBUTE_COUNT; i++)
		record_put_text(ret_value, record->value[i]);
}

int system_record_decode(struct slice value, struct system_record *ret_record)
{
	struct reader reader = reader_of(value);

	if (reader_u8(&reader) != RECORD_FORM)
		return -CSM_ROW_CORRUPT;
	for (int link = 0; link < LINK_COUNT; link++)
		ret_record->info.level[link] = reader_le32(&reader);
	for (int link = 0; link < LINK_COUNT; link++)
		ret_record->info.flips[link] = reader_le32(&reader);
	ret_record->info.log = reader_le64(&reader);
	ret_record->info.created = record_take_time(&reader);
	ret_record->info.changed = record_take_time(&reader);
	ret_record->changed_by = reader_le32(&reader);
	ret_record->sent = record_take_time(&reader);
	ret_record->sent_by = reader_le32(&reader);
	record_take_text(&reader, LEVEL_NAME_MAX, ret_record->info.name);
	for (int i = 0; i < SYSTEM_ATTRIBUTE_COUNT; i++)
		record_take_text(&reader, SYSTEM_VALUE_MAX, ret_record->value[i]);
	if (!reader_done(&reader) || !ret_record->info.log ||
	    name_check(ret_record->info.name) != 0)
		return -CSM_ROW_CORRUPT;
	return 0;
}
