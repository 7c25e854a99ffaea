/*
 * Records to bytes and back, in one file so that both directions are read side by side.
 *
 * Nothing read from disk is believed: every decoder starts at the form byte and ends at
 * the last byte, and a record that contradicts itself (STABLE but not locked) is as
 * corrupt as one that is cut short. A value has one form only, so re-encoding what was
 * decoded gives the same bytes.
 */
#include "store/level/level_format.h"

#include <errno.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"

enum level_flag {
	FLAG_LOCKED = 1,
	FLAG_BASE = 2,
	FLAG_SEALED_ONCE = 4,
	FLAGS_ALL = 7,
};

/* ---- keys ---- */

void record_key_ids(struct record_key *key)
{
	key->bytes[0] = 'I';
	key->size = 1;
}

void record_key_releases(struct record_key *key)
{
	key->bytes[0] = 'R';
	key->size = 1;
}

void record_key_kind(struct record_key *key, char kind, const char *release)
{
	key->bytes[0] = (uint8_t)kind;
	memcpy(key->bytes + 1, release, RELEASE_LENGTH);
	key->size = 1 + RELEASE_LENGTH;
}

void record_key_release(struct record_key *key, const char *release)
{
	record_key_kind(key, 'R', release);
}

void record_key_id(struct record_key *key, char kind, const char *release, uint32_t id)
{
	record_key_kind(key, kind, release);
	put_be32(key->bytes + key->size, id);
	key->size += 4;
}

void record_key_against(struct record_key *key, char kind, const char *release, uint32_t id,
			uint32_t against)
{
	record_key_id(key, kind, release, id);
	put_be32(key->bytes + key->size, against);
	key->size += 4;
}

int record_key_parse(struct slice bytes, char kind, uint32_t *ret_id, uint32_t *ret_against)
{
	const uint8_t *key = bytes.data;
	size_t fixed = 1 + RELEASE_LENGTH;

	if (bytes.size != fixed + (ret_against ? 8 : 4) || key[0] != (uint8_t)kind)
		return -CSM_ROW_CORRUPT;
	*ret_id = get_be32(key + fixed);
	if (ret_against)
		*ret_against = get_be32(key + fixed + 4);
	return *ret_id ? 0 : -CSM_ROW_CORRUPT;
}

/* ---- parts ---- */

void record_put_time(struct buffer *value, const struct timespec *when)
{
	buffer_le64(value, (uint64_t)when->tv_sec);
	buffer_le32(value, (uint32_t)when->tv_nsec);
}

void record_put_text(struct buffer *value, const char *text)
{
	size_t size = strlen(text);

	buffer_le16(value, (uint16_t)size);
	buffer_add(value, text, size);
}

struct timespec record_take_time(struct reader *reader)
{
	struct timespec when;
	uint32_t nanoseconds;

	when.tv_sec = (time_t)reader_le64(reader);
	nanoseconds = reader_le32(reader);
	if (nanoseconds >= 1000000000u)
		reader->bad = true;
	when.tv_nsec = (long)nanoseconds;
	return when;
}

void record_take_text(struct reader *reader, size_t maximum, char *ret_text)
{
	size_t size = reader_le16(reader);
	const uint8_t *bytes = reader_take(reader, size);

	ret_text[0] = '\0';
	if (!bytes || size > maximum || memchr(bytes, '\0', size)) {
		reader->bad = true;
		return;
	}
	memcpy(ret_text, bytes, size);
	ret_text[size] = '\0';
}

static struct reader reader_of_record(struct slice value)
{
	struct reader reader = reader_of(value);

	if (reader_u8(&reader) != RECORD_FORM)
		reader.bad = true;
	return reader;
}

static int record_end(const struct reader *reader)
{
	return reader_done(reader) ? 0 : -CSM_ROW_CORRUPT;
}

static void take_digest(struct reader *reader, struct digest *ret_digest)
{
	const uint8_t *bytes = reader_take(reader, DIGEST_SIZE);

	if (bytes)
		memcpy(ret_digest->bytes, bytes, DIGEST_SIZE);
}

/* ---- release ---- */

void release_record_encode(const struct release_record *record, struct buffer *ret_value)
{
	buffer_u8(ret_value, RECORD_FORM);
	buffer_le32(ret_value, record->files_id);
	buffer_le32(ret_value, record->files_tip);
	buffer_le32(ret_value, record->base_id);
	record_put_time(ret_value, &record->created);
}

int release_record_decode(struct slice value, struct release_record *ret_record)
{
	struct reader reader = reader_of_record(value);

	ret_record->files_id = reader_le32(&reader);
	ret_record->files_tip = reader_le32(&reader);
	ret_record->base_id = reader_le32(&reader);
	ret_record->created = record_take_time(&reader);
	if (!ret_record->files_id || !ret_record->files_tip || !ret_record->base_id)
		return -CSM_ROW_CORRUPT;
	return record_end(&reader);
}

void ids_record_encode(uint32_t next, struct buffer *ret_value)
{
	buffer_u8(ret_value, RECORD_FORM);
	buffer_le32(ret_value, next);
}

int ids_record_decode(struct slice value, uint32_t *ret_next)
{
	struct reader reader = reader_of_record(value);

	*ret_next = reader_le32(&reader);
	if (*ret_next < LEVEL_ID_FIRST)
		return -CSM_ROW_CORRUPT;
	return record_end(&reader);
}

/* ---- level ---- */

void level_record_encode(const struct level_record *record, struct buffer *ret_value)
{
	unsigned flags = (record->locked ? FLAG_LOCKED : 0) | (record->is_base ? FLAG_BASE : 0) |
			 (record->sealed_once ? FLAG_SEALED_ONCE : 0);

	buffer_u8(ret_value, RECORD_FORM);
	buffer_u8(ret_value, (uint8_t)record->state);
	buffer_u8(ret_value, (uint8_t)flags);
	buffer_le32(ret_value, record->epoch);
	buffer_le32(ret_value, record->basedon);
	buffer_le32(ret_value, record->tip);
	buffer_le32(ret_value, record->base_version);
	record_put_time(ret_value, &record->created);
	buffer_le32(ret_value, record->created_by);
	record_put_text(ret_value, record->name);
	record_put_text(ret_value, record->esm);
	record_put_text(ret_value, record->description ? record->description : "");
}

/* What no sequence of operations can have written. */
static bool level_record_contradicts(const struct level_record *record)
{
	if (record->state != STATE_TEST && record->state != STATE_STABLE)
		return true;
	if (record->state == STATE_STABLE && (!record->locked || record->is_base))
		return true;
	if (record->is_base ? record->basedon != 0 || record->locked != record->sealed_once
			    : record->basedon == 0 || record->sealed_once)
		return true;
	return !record->tip || !record->base_version || name_check(record->name) != 0 ||
	       esm_check(record->esm) != 0;
}

static int take_description(struct reader *reader, struct level_record *ret_record)
{
	char text[DESCRIPTION_MAX + 1];

	record_take_text(reader, DESCRIPTION_MAX, text);
	ret_record->description = NULL;
	if (!text[0])
		return 0;
	ret_record->description = strdup(text);
	return ret_record->description ? 0 : -ENOMEM;
}

int level_record_decode(struct slice value, struct level_record *ret_record)
{
	struct reader reader = reader_of_record(value);
	uint8_t flags;
	int err;

	ret_record->state = reader_u8(&reader);
	flags = reader_u8(&reader);
	ret_record->locked = flags & FLAG_LOCKED;
	ret_record->is_base = flags & FLAG_BASE;
	ret_record->sealed_once = flags & FLAG_SEALED_ONCE;
	ret_record->epoch = reader_le32(&reader);
	ret_record->basedon = reader_le32(&reader);
	ret_record->tip = reader_le32(&reader);
	ret_record->base_version = reader_le32(&reader);
	ret_record->created = record_take_time(&reader);
	ret_record->created_by = reader_le32(&reader);
	record_take_text(&reader, LEVEL_NAME_MAX, ret_record->name);
	record_take_text(&reader, ESM_MAX, ret_record->esm);
	err = take_description(&reader, ret_record);
	if (err)
		return err;
	if ((flags & ~FLAGS_ALL) || level_record_contradicts(ret_record))
		return -CSM_ROW_CORRUPT;
	return record_end(&reader);
}

void level_record_release(struct level_record *record)
{
	free(record->description);
	record->description = NULL;
}

/* ---- packages ---- */

void package_record_encode(const struct package_record *record, struct buffer *ret_value)
{
	buffer_u8(ret_value, RECORD_FORM);
	buffer_le64(ret_value, record->directory);
	buffer_le32(ret_value, record->content);
	buffer_add(ret_value, record->id.bytes, DIGEST_SIZE);
	record_put_time(ret_value, &record->built);
	buffer_le32(ret_value, record->built_by);
}

int package_record_decode(struct slice value, struct package_record *ret_record)
{
	struct reader reader = reader_of_record(value);

	ret_record->directory = reader_le64(&reader);
	ret_record->content = reader_le32(&reader);
	take_digest(&reader, &ret_record->id);
	ret_record->built = record_take_time(&reader);
	ret_record->built_by = reader_le32(&reader);
	if (!ret_record->directory || !ret_record->content)
		return -CSM_ROW_CORRUPT;
	return record_end(&reader);
}

void last_record_encode(const struct digest *id, struct buffer *ret_value)
{
	buffer_u8(ret_value, RECORD_FORM);
	buffer_add(ret_value, id->bytes, DIGEST_SIZE);
}

int last_record_decode(struct slice value, struct digest *ret_id)
{
	struct reader reader = reader_of_record(value);

	take_digest(&reader, ret_id);
	return record_end(&reader);
}
