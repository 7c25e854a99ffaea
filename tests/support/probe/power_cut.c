/*
 * A cut reads the log twice: first for the last sync of every node, then to do again what is left.
 * Bytes and names are independent of each other, as POSIX has it and as no journaling file system
 * is to its users: a store that stands this stands those as well.
 */
#include "tests/support/probe/power_cut.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, PAGE = 4096 };

/* What is known of a node before it is decided what is left of it. */
struct fate {
	uint64_t synced;   /* the place of its last sync */
	uint64_t unsynced; /* changes after that */
	uint64_t kept;	   /* any, directories: so many of them are there */
	uint64_t seen;	   /* of them, in the second reading */
	uint64_t unit;	   /* any, files: what is written as a whole */
};

struct cut {
	const struct power_log *log; /* ends where the cut is */
	enum power_loss loss;
	uint64_t random;
	struct fate *fate; /* by number of the node */
	uint64_t fates;
	uint64_t unsynced, kept, seen; /* prefix: of all nodes together */
	struct power_tree *tree;
};

enum power_loss power_loss_of(const char *word)
{
	static const char *const words[] = { "lose", "keep", "prefix", "any" };

	for (int i = 0; i < LOSS_UNKNOWN; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum power_loss)i;
	return LOSS_UNKNOWN;
}

static uint64_t roll(struct cut *cut, uint64_t sides)
{
	cut->random = cut->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (cut->random >> 33) % sides;
}

static bool is_change(const struct power_record *record)
{
	return record->kind != POWER_NODE && record->kind != POWER_MODE &&
	       record->kind != POWER_SYNC;
}

static struct fate *fate_of(struct cut *cut, uint64_t number)
{
	if (number >= cut->fates) {
		cut->fate = realloc(cut->fate, (number + 1) * sizeof(*cut->fate));
		if (!cut->fate)
			power_die("memory");
		memset(cut->fate + cut->fates, 0, (number + 1 - cut->fates) * sizeof(*cut->fate));
		cut->fates = number + 1;
	}
	return &cut->fate[number];
}

static void learn(struct cut *cut)
{
	struct power_record record;
	const uint8_t *data;
	const char *name;
	uint64_t place = 0;

	while (power_log_next(cut->log, &place, &record, &name, &data)) {
		struct fate *fate = fate_of(cut, record.node);

		if (record.kind == POWER_SYNC) {
			cut->unsynced -= fate->unsynced;
			*fate = (struct fate){ .synced = place };
		} else if (is_change(&record)) {
			fate->unsynced++;
			cut->unsynced++;
		}
	}
}

static void decide(struct cut *cut)
{
	cut->kept = roll(cut, cut->unsynced + 1);
	for (uint64_t i = 0; i < cut->fates; i++) {
		cut->fate[i].kept = roll(cut, cut->fate[i].unsynced + 1);
		cut->fate[i].unit = roll(cut, 2) ? SECTOR : PAGE;
	}
}

static void write_part(struct cut *cut, const struct power_record *record, const uint8_t *data,
		       uint64_t from, uint64_t to)
{
	struct power_record part = *record;

	part.offset = record->offset + from;
	part.data_size = (uint32_t)(to - from);
	power_tree_apply(cut->tree, &part, "", data + from);
}

/* Each unit of the write by its own luck; now and then the file is as long as if all were there. */
static void write_any(struct cut *cut, const struct power_record *record, const uint8_t *data)
{
	uint64_t unit = fate_of(cut, record->node)->unit, to;

	for (uint64_t from = 0; from < record->data_size; from = to) {
		to = (record->offset + from) / unit * unit + unit - record->offset;
		if (to > record->data_size)
			to = record->data_size;
		if (roll(cut, 2))
			write_part(cut, record, data, from, to);
		else if (roll(cut, 4) == 0)
			write_part(cut, record, data, to, to);
	}
}

static void write_torn(struct cut *cut, const struct power_record *record, const uint8_t *data)
{
	uint64_t sectors = record->data_size / SECTOR;

	write_part(cut, record, data, 0, roll(cut, sectors + 1) * SECTOR);
}

static void apply_prefix(struct cut *cut, const struct power_record *record, const char *name,
			 const uint8_t *data)
{
	if (cut->seen < cut->kept)
		power_tree_apply(cut->tree, record, name, data);
	else if (cut->seen == cut->kept && record->kind == POWER_WRITE)
		write_torn(cut, record, data);
	cut->seen++;
}

static void apply_any(struct cut *cut, const struct power_record *record, const char *name,
		      const uint8_t *data)
{
	struct fate *fate = fate_of(cut, record->node);

	if (record->kind == POWER_WRITE)
		write_any(cut, record, data);
	else if (record->kind == POWER_SIZE ? roll(cut, 2) : fate->seen < fate->kept)
		power_tree_apply(cut->tree, record, name, data);
	fate->seen++;
}

static void apply_unsynced(struct cut *cut, const struct power_record *record, const char *name,
			   const uint8_t *data)
{
	switch (cut->loss) {
	case LOSS_KEEP:
		power_tree_apply(cut->tree, record, name, data);
		return;
	case LOSS_PREFIX:
		apply_prefix(cut, record, name, data);
		return;
	case LOSS_ANY:
		apply_any(cut, record, name, data);
		return;
	case LOSS_LOSE:
	case LOSS_UNKNOWN:
		return;
	}
}

static void do_again(struct cut *cut)
{
	struct power_record record;
	const uint8_t *data;
	const char *name;
	uint64_t place = 0;

	while (power_log_next(cut->log, &place, &record, &name, &data)) {
		if (!is_change(&record) || place <= fate_of(cut, record.node)->synced)
			power_tree_apply(cut->tree, &record, name, data);
		else
			apply_unsynced(cut, &record, name, data);
	}
}

void power_cut(const struct power_log *log, uint64_t place, enum power_loss loss, uint64_t seed,
	       struct power_tree *ret_tree)
{
	const struct power_log part = { log->bytes, place < log->size ? place : log->size };
	struct cut cut = { .log = &part, .loss = loss, .random = seed, .tree = ret_tree };

	power_tree_init(ret_tree);
	learn(&cut);
	decide(&cut);
	do_again(&cut);
	free(cut.fate);
}
