/*
 * The table of levels: all records of the release in memory, twice sorted, by id (the
 * order of creation) and by name without regard to case. Ten thousand levels are ten
 * thousand small structs; their spaces open when first used.
 *
 * A level leaves the table before it is freed, and the table's own reference keeps it
 * until then, so a look-up under the read lock can always take one more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/level/level_internal.h"

/* The first place whose level is not before id. */
static size_t find_id(const struct filespace *filespace, uint32_t id)
{
	size_t low = 0, high = filespace->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (filespace->by_id[middle]->record.id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t find_name(const struct filespace *filespace, const char *name)
{
	size_t low = 0, high = filespace->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcasecmp(filespace->by_name[middle]->record.name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int table_reserve(struct filespace *filespace)
{
	size_t capacity = filespace->capacity ? filespace->capacity * 2 : 64;
	struct level **by_id, **by_name;

	WITH_WRITE(&filespace->table_lock);
	if (filespace->count < filespace->capacity)
		return 0;
	by_id = realloc(filespace->by_id, capacity * sizeof(struct level *));
	if (by_id)
		filespace->by_id = by_id;
	by_name = realloc(filespace->by_name, capacity * sizeof(struct level *));
	if (by_name)
		filespace->by_name = by_name;
	if (!by_id || !by_name)
		return -ENOMEM;
	filespace->capacity = capacity;
	return 0;
}

static void insert_at(struct level **list, size_t count, size_t at, struct level *level)
{
	memmove(list + at + 1, list + at, (count - at) * sizeof(struct level *));
	list[at] = level;
}

static void remove_at(struct level **list, size_t count, size_t at)
{
	memmove(list + at, list + at + 1, (count - at - 1) * sizeof(struct level *));
}

void table_insert(struct filespace *filespace, struct level *level)
{
	WITH_WRITE(&filespace->table_lock);
	insert_at(filespace->by_id, filespace->count, find_id(filespace, level->record.id), level);
	insert_at(filespace->by_name, filespace->count, find_name(filespace, level->record.name),
		  level);
	filespace->count++;
}

void table_remove(struct filespace *filespace, struct level *level)
{
	WITH_WRITE(&filespace->table_lock);
	remove_at(filespace->by_id, filespace->count, find_id(filespace, level->record.id));
	remove_at(filespace->by_name, filespace->count, find_name(filespace, level->record.name));
	filespace->count--;
}

int filespace_level_folded(struct filespace *filespace, const char *name, struct level **ret_level)
{
	size_t at;

	WITH_READ(&filespace->table_lock);
	at = find_name(filespace, name);
	if (at == filespace->count || strcasecmp(filespace->by_name[at]->record.name, name) != 0)
		return -ENOENT;
	*ret_level = level_ref(filespace->by_name[at]);
	return 0;
}

int filespace_level(struct filespace *filespace, const char *name, struct level **ret_level)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	int err = filespace_level_folded(filespace, name, &level);

	if (err)
		return err;
	if (strcmp(level->record.name, name) != 0)
		return -ENOENT;
	*ret_level = take_pointer(&level);
	return 0;
}

int filespace_level_by_id(struct filespace *filespace, uint32_t id, struct level **ret_level)
{
	size_t at;

	WITH_READ(&filespace->table_lock);
	at = find_id(filespace, id);
	if (at == filespace->count || filespace->by_id[at]->record.id != id)
		return -ENOENT;
	*ret_level = level_ref(filespace->by_id[at]);
	return 0;
}

/* All levels of this moment, each with a reference, so that each() may look up others. */
static int copy_table(struct filespace *filespace, struct level ***ret_levels, size_t *ret_count)
{
	struct level **levels;

	WITH_READ(&filespace->table_lock);
	levels = calloc(filespace->count + 1, sizeof(struct level *));
	if (!levels)
		return -ENOMEM;
	for (size_t i = 0; i < filespace->count; i++)
		levels[i] = level_ref(filespace->by_id[i]);
	*ret_levels = levels;
	*ret_count = filespace->count;
	return 0;
}

int filespace_each_level(struct filespace *filespace,
			 int (*each)(void *context, struct level *level), void *context)
{
	_cleanup_free_ struct level **levels = NULL;
	size_t count = 0;
	int result = copy_table(filespace, &levels, &count);

	for (size_t i = 0; i < count; i++) {
		if (result == 0)
			result = each(context, levels[i]);
		level_put(levels[i]);
	}
	return result;
}
