/*
 * Sorted by hash, not by name: a place must be a number that stays right while the directory
 * changes, and a position in a list does not. Two names with one hash get neighbouring places;
 * with 62 bits that is a thought, not an event.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/listing.h"

void listing_release(struct listing *listing)
{
	buffer_release(&listing->names);
	free(listing->entries);
	*listing = (struct listing)LISTING_INIT;
}

/* FNV-1a, then mixed once more so that short names use all bits. */
static uint64_t place_of(const char *name)
{
	uint64_t hash = 14695981039346656037u;

	for (const uint8_t *p = (const uint8_t *)name; *p; p++)
		hash = (hash ^ *p) * 1099511628211u;
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
	hash ^= hash >> 33;
	return (hash >> 2) + LISTING_DOTDOT + 1;
}

static bool grow(struct listing *listing)
{
	size_t capacity = listing->capacity ? listing->capacity * 2 : 32;
	struct listing_entry *entries = realloc(listing->entries, capacity * sizeof(*entries));

	if (!entries)
		return false;
	listing->entries = entries;
	listing->capacity = capacity;
	return true;
}

void listing_add(struct listing *listing, const char *name, uint64_t node, uint32_t type)
{
	if (listing->failed || (listing->count == listing->capacity && !grow(listing))) {
		listing->failed = true;
		return;
	}
	listing->entries[listing->count++] = (struct listing_entry){
		.place = place_of(name), .node = node, .type = type, .name = (uint32_t)listing->names.size
	};
	buffer_add(&listing->names, name, strlen(name) + 1);
}

const char *listing_name(const struct listing *listing, const struct listing_entry *entry)
{
	return (const char *)listing->names.data + entry->name;
}

static int compare(const void *a, const void *b, void *context)
{
	const struct listing_entry *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return strcmp(listing_name(context, x), listing_name(context, y));
}

int listing_sort(struct listing *listing)
{
	if (listing->failed || buffer_failed(&listing->names) || listing->names.size > UINT32_MAX)
		return -ENOMEM;
	if (listing->count == 0)
		return 0;
	qsort_r(listing->entries, listing->count, sizeof(listing->entries[0]), compare, listing);
	for (size_t i = 1; i < listing->count; i++)
		if (listing->entries[i].place <= listing->entries[i - 1].place)
			listing->entries[i].place = listing->entries[i - 1].place + 1;
	return 0;
}

size_t listing_find(const struct listing *listing, uint64_t place)
{
	size_t low = 0, high = listing->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (listing->entries[middle].place > place)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}
