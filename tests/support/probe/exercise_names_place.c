/*
 * Places by chance, and what must be true of them behind a change.
 */
#include <errno.h>
#include <string.h>

#include "tests/support/probe/exercise.h"
#include "tests/support/probe/exercise_names.h"

const char *top;
const char *const names[NAMES] = {
	"a", "b", "c", "d", "e", "f", "with blanks", "\303\274n\303\257"
};

/* ---- chance ---- */

const char *any_name(void)
{
	static char longest[256];

	memset(longest, 'L', 255);
	return roll(20) == 0 ? longest : names[roll(NAMES)];
}

int any_directory(void)
{
	int node = (int)roll(NODES);

	while (node && !(nodes[node].names && S_ISDIR(nodes[node].mode)))
		node--;
	return node;
}

void place_at(int dir, const char *name, struct place *ret_place)
{
	size_t size;

	ret_place->dir = dir;
	ret_place->name = name;
	ret_place->entry = model_find(dir, name);
	ret_place->node = ret_place->entry < 0 ? -1 : entries[ret_place->entry].node;
	model_path(top, dir, ret_place->path);
	size = strlen(ret_place->path);
	snprintf(ret_place->path + size, PATH_SIZE - size, "/%s", name);
}

void any_place(struct place *ret_place)
{
	place_at(any_directory(), any_name(), ret_place);
}

bool any_thing(struct place *ret_place)
{
	unsigned start = (unsigned)roll(ENTRIES);

	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry *entry = &entries[(start + i) % ENTRIES];

		if (entry->dir < 0)
			continue;
		place_at(entry->dir, entry->name, ret_place);
		return true;
	}
	return false;
}

mode_t any_mode(void)
{
	return roll(2) ? 0644 : (mode_t)roll(010000);
}

uint32_t any_owner(void)
{
	static const uint32_t owners[] = { 0, 1, 12, 65534, 4000000000u };

	return owners[roll(5)];
}

bool is_full(void)
{
	return model_free_node() < 0 || model_free_entry() < 0;
}

/* ---- what is foretold ---- */

void expect(int result, int wanted, const struct place *place)
{
	int got = result < 0 ? errno : 0;

	if (got != wanted)
		wrong("%s: %s, not %s", place->path, strerror(got), strerror(wanted));
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

void check_stat(const struct place *place, const struct stat *stat)
{
	const struct node *node = &nodes[place->node];

	if (stat->st_mode != node->mode || stat->st_uid != node->uid || stat->st_gid != node->gid)
		wrong("%s: mode %o owner %u:%u, not %o %u:%u", place->path, stat->st_mode,
		      stat->st_uid, stat->st_gid, node->mode, node->uid, node->gid);
	if (stat->st_nlink != model_links(place->node))
		wrong("%s: %lu links, not %u", place->path, (unsigned long)stat->st_nlink,
		      model_links(place->node));
	if (S_ISREG(node->mode) && (size_t)stat->st_size != node->size)
		wrong("%s: %lld bytes, not %zu", place->path, (long long)stat->st_size, node->size);
}

struct timespec now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME_COARSE, &time);
	return time;
}

void changed(int dir, const char *name, const struct timespec *begun)
{
	struct place place;
	struct stat stat;

	place_at(dir, name, &place);
	expect(lstat(place.path, &stat), 0, &place);
	check_stat(&place, &stat);
	if (is_before(&stat.st_ctim, begun))
		wrong("%s: its ctime was not moved by the change", place.path);
}

void names_changed(int dir, const struct timespec *begun)
{
	char path[PATH_SIZE];
	struct stat stat;

	model_path(top, dir, path);
	if (lstat(path, &stat) < 0)
		wrong("%s: %s", path, strerror(errno));
	if (is_before(&stat.st_ctim, begun) || is_before(&stat.st_mtim, begun))
		wrong("%s: its times were not moved by the change of a name", path);
	if (stat.st_nlink != model_links(dir))
		wrong("%s: %lu links, not %u", path, (unsigned long)stat.st_nlink,
		      model_links(dir));
}
