/*
 * Records of releases, levels, packages and systems, and the keys they are under: every decoder
 * on the same bytes.
 */
#include "store/level/level_format.h"
#include "store/system/system_format.h"
#include "store/upkeep/scrub_format.h"
#include "tests/fuzz/fuzz.h"

static void try_key(struct slice bytes, char kind, bool with_against)
{
	uint32_t id = 0, against = 0;
	struct record_key again;
	char release[RELEASE_LENGTH + 1] = "";

	if (record_key_parse(bytes, kind, &id, with_against ? &against : NULL))
		return;
	memcpy(release, (const uint8_t *)bytes.data + 1, RELEASE_LENGTH);
	if (with_against)
		record_key_against(&again, kind, release, id, against);
	else
		record_key_id(&again, kind, release, id);
	must_equal(bytes, record_key_slice(&again));
}

static void try_release(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	struct release_record record;

	if (release_record_decode(bytes, &record))
		return;
	release_record_encode(&record, &again);
	must_be_again(bytes, &again);
}

static void try_ids(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	uint32_t next;

	if (ids_record_decode(bytes, &next))
		return;
	ids_record_encode(next, &again);
	must_be_again(bytes, &again);
}

static void try_level(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	struct level_record record = { .id = 17 };

	if (level_record_decode(bytes, &record) == 0) {
		MUST(record.id == 17);
		MUST(name_check(record.name) == 0 && esm_check(record.esm) == 0);
		MUST(record.state != STATE_STABLE || record.locked);
		level_record_encode(&record, &again);
		must_be_again(bytes, &again);
	}
	level_record_release(&record);
}

static void try_package(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	struct package_record record = { 0 };

	if (package_record_decode(bytes, &record))
		return;
	package_record_encode(&record, &again);
	must_be_again(bytes, &again);
}

static void try_last(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	struct digest id;

	if (last_record_decode(bytes, &id))
		return;
	last_record_encode(&id, &again);
	must_be_again(bytes, &again);
}

static void try_system(struct slice bytes)
{
	struct buffer again = BUFFER_INIT;
	struct system_record record = { 0 };

	if (system_record_decode(bytes, &record))
		return;
	MUST(name_check(record.info.name) == 0);
	system_record_encode(&record, &again);
	must_be_again(bytes, &again);
}

static void try_scrub(struct slice bytes)
{
	struct buffer again = BUFFER_INIT, twice = BUFFER_INIT;
	struct scrub_state state;
	struct scrub_finding finding;

	if (scrub_state_decode(bytes, &state) == 0) {
		scrub_state_encode(&state, &again);
		must_be_again(bytes, &again);
	}
	if (scrub_finding_decode(bytes, &finding) == 0) {
		scrub_finding_encode(&finding, &twice);
		must_be_again(bytes, &twice);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);

	try_key(bytes, 'L', false);
	try_key(bytes, 'S', false);
	try_key(bytes, 'P', true);
	try_key(bytes, 'Q', true);
	try_release(bytes);
	try_ids(bytes);
	try_level(bytes);
	try_package(bytes);
	try_last(bytes);
	try_system(bytes);
	try_scrub(bytes);
	return 0;
}
