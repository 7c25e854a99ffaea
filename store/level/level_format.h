/*
 * The bytes of the records that say what exists: releases, levels, packages. Keys start
 * with one capital letter, numbers in keys are big-endian so that iteration goes in order
 * of creation; values are little-endian and start with a form byte. docs/format.md
 * "Records" says the same as tables, tests/format/record-*.hex pins it.
 *
 *   I                          the next id of a level, a system or a space
 *   R release                  a release
 *   L release level            a level
 *   P release level against    a package of a level
 *   Q release level against    the digest of the package that the level had last
 *   S release system           a managed system (store/system/system_format.h)
 *
 * Decoders are strict: a form, flag or state they do not know, a byte too few or too many
 * is -CSM_ROW_CORRUPT.
 */
#ifndef STORE_LEVEL_LEVEL_FORMAT_H
#define STORE_LEVEL_LEVEL_FORMAT_H

#include "store/level/level.h"

#define RECORD_FORM 1
#define RELEASE_LENGTH 3
#define RECORD_KEY_MAX (1 + RELEASE_LENGTH + 4 + 4)

struct record_key {
	uint8_t bytes[RECORD_KEY_MAX];
	size_t size;
};

static inline struct slice record_key_slice(const struct record_key *key)
{
	return slice_of(key->bytes, key->size);
}

/* release is three digits. A key without its last parts is the prefix of all such keys. */
void record_key_ids(struct record_key *key);
void record_key_releases(struct record_key *key); /* prefix */
void record_key_release(struct record_key *key, const char *release);
/* kind is L, P, Q or S. */
void record_key_kind(struct record_key *key, char kind, const char *release); /* prefix */
void record_key_id(struct record_key *key, char kind, const char *release, uint32_t id);
void record_key_against(struct record_key *key, char kind, const char *release, uint32_t id,
			uint32_t against);

/* The numbers of a key of that kind, with or without against (ret_against NULL). */
int record_key_parse(struct slice bytes, char kind, uint32_t *ret_id, uint32_t *ret_against);

struct release_record {
	uint32_t files_id;      /* space of the release's own files */
	version_id files_tip;
	uint32_t base_id;       /* the level BASE */
	struct timespec created;
};
void release_record_encode(const struct release_record *record, struct buffer *ret_value);
int release_record_decode(struct slice value, struct release_record *ret_record);

void ids_record_encode(uint32_t next, struct buffer *ret_value);
int ids_record_decode(struct slice value, uint32_t *ret_next);

struct level_record {
	uint32_t id; /* in the key */
	char name[LEVEL_NAME_MAX + 1];
	char esm[ESM_MAX + 1];
	char *description; /* owned; NULL is none */
	enum level_state state;
	bool locked, is_base, sealed_once;
	uint32_t epoch;
	uint32_t basedon;        /* id, 0 for BASE */
	version_id tip;          /* where the level is written */
	version_id base_version; /* what it stands on */
	struct timespec created;
	uint32_t created_by;
};
void level_record_encode(const struct level_record *record, struct buffer *ret_value);
/* Does not set id. ret_record is released by the caller also after a failure. */
int level_record_decode(struct slice value, struct level_record *ret_record);
void level_record_release(struct level_record *record);

/* Does not hold against, which is in the key. */
void package_record_encode(const struct package_record *record, struct buffer *ret_value);
int package_record_decode(struct slice value, struct package_record *ret_record);

void last_record_encode(const struct digest *id, struct buffer *ret_value);
int last_record_decode(struct slice value, struct digest *ret_id);

/* Parts of records, for system_format.c as well: 12 bytes of time; le16 size and text. */
void record_put_time(struct buffer *value, const struct timespec *when);
void record_put_text(struct buffer *value, const char *text);
/*
 * The reader turns bad when the value cannot be: nanoseconds beyond a second, NUL bytes, a
 * text over maximum.
 */
struct timespec record_take_time(struct reader *reader);
/* ret_text has room for maximum + 1 bytes. */
void record_take_text(struct reader *reader, size_t maximum, char *ret_text);

#endif
