/*
 * The words of the control attribute and of its files. The lines are those of the tables
 * (store/level/tag.h), so what reads SVCSTAT reads these.
 */
#include "store/upkeep/scrub_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/tag.h"
#include "store/upkeep/scrub.h"
#include "store/upkeep/verify.h"

#define RATE_MAX ((uint64_t)1 << 50)

/* ---- what it is told ---- */

static const struct {
	const char *word;
	enum scrub_verb verb;
} verbs[] = {
	{ "start", SCRUB_START },
	{ "stop", SCRUB_STOP },
	{ "resume", SCRUB_RESUME },
};

static int parse_rate(const char *text, size_t size, uint64_t *ret_rate)
{
	uint64_t rate = 0;
	size_t digits = 0;

	for (; digits < size && text[digits] >= '0' && text[digits] <= '9'; digits++) {
		rate = rate * 10 + (uint64_t)(text[digits] - '0');
		if (rate > RATE_MAX)
			return -CSM_VALUE_BAD;
	}
	if (digits == 0 || size - digits > 1)
		return -CSM_VALUE_BAD;
	if (size > digits) {
		const char *unit = strchr("KMGkmg", text[digits]);

		if (!unit || !*unit)
			return -CSM_VALUE_BAD;
		rate <<= 10 * (1 + (unit - "KMGkmg") % 3);
	}
	*ret_rate = rate;
	return rate > RATE_MAX || (rate && rate < SCRUB_RATE_MIN) ? -CSM_VALUE_BAD : 0;
}

/* One word; a verb comes first, and once. */
static int take_word(const char *word, size_t size, struct scrub_words *words)
{
	if (size > 5 && strncasecmp(word, "rate=", 5) == 0) {
		if (words->has_rate || words->verb == SCRUB_STOP)
			return -CSM_VALUE_BAD;
		words->has_rate = true;
		return parse_rate(word + 5, size - 5, &words->rate);
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strlen(verbs[i].word) != size || strncasecmp(word, verbs[i].word, size) != 0)
			continue;
		if (words->verb || words->has_rate)
			return -CSM_VALUE_BAD;
		words->verb = verbs[i].verb;
		return 0;
	}
	return -CSM_VALUE_BAD;
}

int scrub_words_parse(const char *text, struct scrub_words *ret_words)
{
	int code = 0;

	*ret_words = (struct scrub_words){ .has_rate = false };
	while (!code && *(text += strspn(text, " \t"))) {
		size_t size = strcspn(text, " \t");

		code = take_word(text, size, ret_words);
		text += size;
	}
	if (!code && !ret_words->verb) {
		ret_words->verb = SCRUB_RATE;
		code = ret_words->has_rate ? 0 : -CSM_VALUE_BAD;
	}
	return code;
}

/* ---- what it tells ---- */

static const char *const status_words[] = {
	[SCRUB_NEVER] = "NEVER",
	[SCRUB_RUNNING] = "RUNNING",
	[SCRUB_STOPPED] = "STOPPED",
	[SCRUB_FINISHED] = "FINISHED",
};

static void add_number(struct tag_text *text, const char *tag, uint64_t number)
{
	char value[24];

	snprintf(value, sizeof(value), "%" PRIu64, number);
	tag_add(text, tag, value);
}

/* Where it is in the rows: digests are spread evenly, so the first bytes of one are a share. */
static void describe_rows(const struct scrub_state *state, char *text, size_t size)
{
	const uint8_t *at = state->position;

	if (state->position_size >= 5 && at[0] == 'r')
		snprintf(text, size, "rows of version %u", get_be32(at + 1));
	else if (state->position_size >= 5 && at[0] == 'f')
		snprintf(text, size, "content, %u of 100",
			 (unsigned)((uint64_t)get_be32(at + 1) * 100 >> 32));
	else
		snprintf(text, size, "%s", state->position_size ? "other rows" : "rows");
}

static void add_position(struct tag_text *text, const struct scrub_state *state)
{
	char value[64];

	if (state->status == SCRUB_FINISHED)
		snprintf(value, sizeof(value), "all");
	else if (state->part == VERIFY_RECORDS)
		snprintf(value, sizeof(value), "records");
	else if (state->part == VERIFY_PACKAGES)
		snprintf(value, sizeof(value), "packages");
	else
		describe_rows(state, value, sizeof(value));
	tag_add(text, "POSITION", value);
}

void scrub_state_text(const struct scrub_state *state, struct buffer *ret_text)
{
	struct tag_text text = TAG_TEXT_INIT(ret_text);

	tag_begin(&text, "SCRUB", status_words[state->status]);
	if (state->status == SCRUB_NEVER)
		return;
	tag_add_time(&text, "STARTED", NULL, &state->started, state->started_by);
	if (state->ended.tv_sec)
		tag_add_time(&text, "ENDED", NULL, &state->ended, state->started_by);
	add_position(&text, state);
	add_number(&text, "CHUNKS", state->chunks);
	add_number(&text, "BYTES", state->bytes);
	add_number(&text, "RATE", state->rate);
	add_number(&text, "FINDINGS", state->findings);
}

static const char *way_out(uint32_t code)
{
	switch (code) {
	case CSM_CHUNK_CORRUPT:
	case CSM_CHUNK_MISSING:
		return error_way_out(-(int)code);
	case EIO:
		return "the system's log has the engine's own words; bring the store back from a copy";
	default:
		return "unmount and run fsck.csmfs -y STORE";
	}
}

static void add_finding(struct tag_text *text, uint32_t number, const struct scrub_finding *finding)
{
	char value[16];

	snprintf(value, sizeof(value), "%u", number);
	tag_begin(text, "FINDING", value);
	tag_add(text, "OBJECT", finding->object);
	tag_add(text, "WHAT", finding->what);
	tag_add(text, "RULE", finding->code ? error_text(-(int)finding->code) : "");
	tag_add(text, "WAYOUT", way_out(finding->code));
	tag_add_time(text, "FOUND", NULL, &finding->found, 0);
}

int scrub_findings_of(struct kv *kv, struct buffer *ret_text)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_free_ struct scrub_finding *finding = malloc(sizeof(*finding));
	struct tag_text text = TAG_TEXT_INIT(ret_text);
	struct scrub_key prefix;
	int code;

	if (!finding)
		return -ENOMEM;
	scrub_key_findings(&prefix);
	code = kv_iter_new(kv, scrub_key_slice(&prefix), &iter);
	for (; !code && kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);

		if (key.size != 6)
			return -CSM_ROW_CORRUPT;
		code = scrub_finding_decode(kv_iter_value(iter), finding);
		if (!code)
			add_finding(&text, 1 + get_be32((const uint8_t *)key.data + 2), finding);
	}
	if (!code)
		code = kv_iter_error(iter);
	return code || !buffer_failed(ret_text) ? code : -ENOMEM;
}
