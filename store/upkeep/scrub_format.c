/*
 * The two kinds of rows of a scrub. Times, texts and their checks are those of records
 * (store/level/level_format.h).
 */
#include "store/upkeep/scrub_format.h"

#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/level_format.h"
#include "store/upkeep/verify.h"

#define SCRUB_FORM 1

void scrub_key_state(struct scrub_key *key)
{
	*key = (struct scrub_key){ { SCRUB_PREFIX[0], 's' }, 2 };
}

void scrub_key_findings(struct scrub_key *key)
{
	*key = (struct scrub_key){ { SCRUB_PREFIX[0], 'f' }, 2 };
}

void scrub_key_finding(struct scrub_key *key, uint32_t number)
{
	scrub_key_findings(key);
	put_be32(key->bytes + 2, number);
	key->size = 6;
}

void scrub_state_encode(const struct scrub_state *state, struct buffer *ret_value)
{
	buffer_u8(ret_value, SCRUB_FORM);
	buffer_u8(ret_value, (uint8_t)state->status);
	buffer_u8(ret_value, state->part);
	buffer_le64(ret_value, state->rate);
	record_put_time(ret_value, &state->started);
	record_put_time(ret_value, &state->ended);
	buffer_le32(ret_value, state->started_by);
	buffer_le64(ret_value, state->chunks);
	buffer_le64(ret_value, state->bytes);
	buffer_le64(ret_value, state->findings);
	buffer_le16(ret_value, (uint16_t)state->position_size);
	buffer_add(ret_value, state->position, state->position_size);
}

int scrub_state_decode(struct slice value, struct scrub_state *ret_state)
{
	struct reader reader = reader_of(value);
	uint8_t form = reader_u8(&reader);
	const uint8_t *position;

	ret_state->status = (enum scrub_status)reader_u8(&reader);
	ret_state->part = reader_u8(&reader);
	ret_state->rate = reader_le64(&reader);
	ret_state->started = record_take_time(&reader);
	ret_state->ended = record_take_time(&reader);
	ret_state->started_by = reader_le32(&reader);
	ret_state->chunks = reader_le64(&reader);
	ret_state->bytes = reader_le64(&reader);
	ret_state->findings = reader_le64(&reader);
	ret_state->position_size = reader_le16(&reader);
	if (ret_state->position_size > SCRUB_POSITION_MAX)
		return -CSM_ROW_CORRUPT;
	position = reader_take(&reader, ret_state->position_size);
	if (!reader_done(&reader) || form != SCRUB_FORM || ret_state->status < SCRUB_RUNNING ||
	    ret_state->status > SCRUB_FINISHED || ret_state->part < VERIFY_RECORDS ||
	    ret_state->part > VERIFY_ROWS)
		return -CSM_ROW_CORRUPT;
	memcpy(ret_state->position, position, ret_state->position_size);
	return 0;
}

void scrub_finding_encode(const struct scrub_finding *finding, struct buffer *ret_value)
{
	buffer_u8(ret_value, SCRUB_FORM);
	record_put_time(ret_value, &finding->found);
	buffer_le32(ret_value, finding->code);
	record_put_text(ret_value, finding->object);
	record_put_text(ret_value, finding->what);
}

int scrub_finding_decode(struct slice value, struct scrub_finding *ret_finding)
{
	struct reader reader = reader_of(value);
	uint8_t form = reader_u8(&reader);

	ret_finding->found = record_take_time(&reader);
	ret_finding->code = reader_le32(&reader);
	record_take_text(&reader, SCRUB_OBJECT_MAX - 1, ret_finding->object);
	record_take_text(&reader, SCRUB_WHAT_MAX - 1, ret_finding->what);
	return reader_done(&reader) && form == SCRUB_FORM && ret_finding->code <= INT32_MAX
		       ? 0
		       : -CSM_ROW_CORRUPT;
}

static int check_state(struct slice value)
{
	_cleanup_free_ struct scrub_state *state = malloc(sizeof(*state));

	return state ? scrub_state_decode(value, state) : 0;
}

static int check_finding(struct slice value)
{
	_cleanup_free_ struct scrub_finding *finding = malloc(sizeof(*finding));

	return finding ? scrub_finding_decode(value, finding) : 0;
}

int scrub_row_check(struct slice key, struct slice value)
{
	const uint8_t *bytes = key.data;

	if (key.size == 2 && bytes[1] == 's')
		return check_state(value);
	if (key.size == 6 && bytes[1] == 'f')
		return check_finding(value);
	return -CSM_ROW_CORRUPT;
}
