/*
 * A system's directory. Its links are records of the system room; each change of a link makes
 * another node of it, so a system that reads its link through NFS never sees the old
 * target in a cache. Moving a link over another is the room's put2prod or roll back.
 *
 * ln -sfn (and every careful installer) makes the new link aside and renames it over the old
 * one. The aside name is any name; it is no record, so it is a spare, in the handover, where the next
 * worker finds it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/handover.h"
#include "fs/loop.h"
#include "fs/protocol.h"
#include "fs/system_dir.h"

struct spares {
	pthread_mutex_t lock; /* everything below */
	struct handover_head *head;
};

/* ---- spares ---- */

int spares_new(struct handover *handover, struct spares **ret_spares)
{
	struct spares *spares = calloc(1, sizeof(*spares));

	if (!spares)
		return -ENOMEM;
	pthread_mutex_init(&spares->lock, NULL);
	spares->head = handover->head;
	*ret_spares = spares;
	return 0;
}

void spares_free(struct spares *spares)
{
	if (!spares)
		return;
	pthread_mutex_destroy(&spares->lock);
	free(spares);
}

/* Under the lock. By name, or by change when name is NULL. */
static struct handover_spare *spare_at(struct spares *spares, uint32_t system, const char *name, uint64_t change)
{
	for (size_t i = 0; i < HANDOVER_SPARES; i++) {
		struct handover_spare *spare = &spares->head->spares[i];

		if (spare->change && spare->system == system &&
		    (name ? strcmp(spare->name, name) == 0 : spare->change == change))
			return spare;
	}
	return NULL;
}

/* Under the lock: takes a free place or that of the oldest, which somebody left behind. */
static void spare_write(struct spares *spares, uint32_t system, uint32_t level, const char *name, uint64_t change)
{
	struct handover_spare *place = &spares->head->spares[0];

	for (size_t i = 1; i < HANDOVER_SPARES && place->change; i++)
		if (spares->head->spares[i].change < place->change)
			place = &spares->head->spares[i];
	place->change = 0;
	place->unique = loop_request()->unique;
	place->system = system;
	place->level = level;
	snprintf(place->name, sizeof(place->name), "%s", name);
	place->change = change;
}

/* True when the request that comes again has given the spare its name already. */
static bool was_named_by_this(const struct handover_spare *spare)
{
	return loop_request()->resent && spare->unique == loop_request()->unique;
}

static int spare_find(struct mount *mount, uint32_t system, const char *name, uint64_t change,
		      struct handover_spare *ret_spare)
{
	struct spares *spares = mount->spares;
	struct handover_spare *spare;

	WITH_MUTEX(&spares->lock);
	spare = spare_at(spares, system, name, change);
	if (!spare)
		return -ENOENT;
	*ret_spare = *spare;
	return 0;
}

static int spare_add(struct mount *mount, uint32_t system, const char *name, uint32_t level)
{
	struct spares *spares = mount->spares;
	struct handover_spare *spare;

	WITH_MUTEX(&spares->lock);
	spare = spare_at(spares, system, name, 0);
	if (spare)
		return was_named_by_this(spare) ? 0 : -EEXIST;
	spare_write(spares, system, level, name, ++spares->head->changes);
	return 0;
}

/* The kernel has seen the name: it is not there any more when the request has been done already. */
static int spare_remove(struct mount *mount, uint32_t system, const char *name)
{
	struct spares *spares = mount->spares;
	struct handover_spare *spare;

	WITH_MUTEX(&spares->lock);
	spare = spare_at(spares, system, name, 0);
	if (!spare)
		return loop_request()->resent ? 0 : -ENOENT;
	spare->change = 0;
	return 0;
}

/* It stays the same node. Under both names for a moment, so that one of them is always there. */
static int spare_rename(struct mount *mount, uint32_t system, const char *name, const char *new_name)
{
	struct spares *spares = mount->spares;
	struct handover_spare *spare, *replaced;
	uint64_t change;
	uint32_t level;

	WITH_MUTEX(&spares->lock);
	spare = spare_at(spares, system, name, 0);
	replaced = spare_at(spares, system, new_name, 0);
	if (!spare)
		return replaced && was_named_by_this(replaced) ? 0 : -ENOENT;
	if (replaced == spare)
		return 0;
	change = spare->change;
	level = spare->level;
	if (replaced)
		replaced->change = 0;
	spare_write(spares, system, level, new_name, change);
	spare = spare_at(spares, system, name, 0);
	if (spare)
		spare->change = 0;
	return 0;
}

/* ---- names ---- */

static const char *const link_names[LINK_COUNT] = {
	[LINK_TEST] = PROTOCOL_TEST,
	[LINK_PRODUCTION] = PROTOCOL_PRODUCTION,
	[LINK_PREVIOUS] = PROTOCOL_PREVIOUS,
};

/* The link of that name, LINK_COUNT for another name. */
static enum system_link link_named(const char *name)
{
	enum system_link link = LINK_TEST;

	while (link < LINK_COUNT && strcmp(name, link_names[link]) != 0)
		link++;
	return link;
}

static int find_log(void *context, const struct system_info *info)
{
	struct system_info *wanted = context;

	if (info->log != wanted->log)
		return 0;
	wanted->id = info->id;
	return 1;
}

int system_of_log(struct mount *mount, uint64_t number, uint32_t *ret_system)
{
	struct system_info wanted = { .log = number };
	int found = systems_each(mount->systems, find_log, &wanted);

	if (found != 1)
		return -ENOENT;
	*ret_system = wanted.id;
	return 0;
}

/* The target of a link is text made of the level's name. */
static int target_of(struct mount *mount, uint32_t level_id, struct buffer *ret_target)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	int err = filespace_level_by_id(mount->filespace, level_id, &level);

	if (err)
		return err == -ENOENT ? -CSM_STALE : err;
	buffer_text(ret_target, PROTOCOL_LINK_PREFIX);
	buffer_text(ret_target, level_name(level));
	return buffer_failed(ret_target) ? -ENOMEM : 0;
}

static int level_of_target(struct mount *mount, const char *target, uint32_t *ret_level)
{
	size_t prefix = strlen(PROTOCOL_LINK_PREFIX);
	_cleanup_(cleanup_level) struct level *level = NULL;
	int err;

	if (strncmp(target, PROTOCOL_LINK_PREFIX, prefix) != 0 || strchr(target + prefix, '/'))
		return -CSM_LINK_BAD;
	err = filespace_level(mount->filespace, target + prefix, &level);
	if (err)
		return err == -ENOENT ? -CSM_LEVEL_UNKNOWN : err;
	*ret_level = level_id(level);
	return 0;
}

/* ---- what it shows ---- */

/* The level a link place points to; stale when the link was changed since. */
static int place_level(struct place *place, uint32_t *ret_level)
{
	unsigned what = node_link_what(&place->node);
	uint64_t change = node_link_change(&place->node);
	struct system_info info;
	struct handover_spare spare;

	if (what == SYSTEM_SPARE) {
		if (spare_find(place->mount, place->node.owner, NULL, change, &spare))
			return -CSM_STALE;
		*ret_level = spare.level;
		return 0;
	}
	if (what < SYSTEM_LINK || what >= SYSTEM_LINK + LINK_COUNT)
		return -CSM_STALE;
	what -= SYSTEM_LINK;
	if (system_by_id(place->mount->systems, place->node.owner, &info) || info.flips[what] != change ||
	    !info.level[what])
		return -CSM_STALE;
	*ret_level = info.level[what];
	return 0;
}

static int link_stat(struct place *place, struct stat *ret_stat)
{
	_cleanup_(cleanup_buffer) struct buffer target = BUFFER_INIT;
	int err = system_dir_readlink(place, &target);

	if (err)
		return err;
	ret_stat->st_mode = S_IFLNK | 0777;
	ret_stat->st_nlink = 1;
	ret_stat->st_size = (off_t)target.size;
	return 0;
}

int system_dir_stat(struct place *place, struct stat *ret_stat, double *ret_timeout)
{
	struct system_info info;
	int err = system_by_id(place->mount->systems, place->node.owner, &info);

	if (err)
		return err == -ENOENT ? -CSM_STALE : err;
	*ret_stat = (struct stat){ .st_ino = place->id, .st_mtim = info.changed, .st_ctim = info.changed,
				   .st_atim = info.changed };
	*ret_timeout = AT_ONCE;
	if (place->node.number != SYSTEM_DIRECTORY)
		return link_stat(place, ret_stat);
	ret_stat->st_mode = S_IFDIR | 0755;
	ret_stat->st_nlink = 2;
	return 0;
}

int system_dir_readlink(struct place *place, struct buffer *ret_target)
{
	uint32_t level = 0;
	int err = place_level(place, &level);

	return err ? err : target_of(place->mount, level, ret_target);
}

/* The node of a name: a link, a spare or the log. */
static int find_node(struct place *place, const char *name, uint64_t *ret_node)
{
	enum system_link link = link_named(name);
	struct system_info info;
	struct handover_spare spare;
	int err = system_by_id(place->mount->systems, place->node.owner, &info);

	if (err)
		return err == -ENOENT ? -CSM_STALE : err;
	if (link < LINK_COUNT) {
		if (!info.level[link])
			return -ENOENT;
		*ret_node = node_id(NODE_SYSTEM, info.id, node_link(SYSTEM_LINK + link, info.flips[link]));
		return 0;
	}
	if (strcmp(name, PROTOCOL_SYSTEM_LOG) == 0) {
		*ret_node = node_id(NODE_TREE, FILES_SPACE_ID, info.log);
		return info.log ? 0 : -ENOENT;
	}
	err = spare_find(place->mount, info.id, name, 0, &spare);
	if (!err)
		*ret_node = node_id(NODE_SYSTEM, info.id, node_link(SYSTEM_SPARE, spare.change));
	return err;
}

int system_dir_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry)
{
	_cleanup_(place_release) struct place found = PLACE_INIT;
	uint64_t node = 0;
	int err = find_node(place, name, &node);

	if (!err)
		err = place_open(place->mount, node, &found);
	return err ? err : place_entry(&found, ret_entry);
}

int system_dir_list(struct place *place, struct listing *listing)
{
	uint64_t node = 0;

	for (enum system_link link = LINK_TEST; link < LINK_COUNT; link++)
		if (find_node(place, link_names[link], &node) == 0)
			listing_add(listing, link_names[link], node, S_IFLNK);
	if (find_node(place, PROTOCOL_SYSTEM_LOG, &node) == 0)
		listing_add(listing, PROTOCOL_SYSTEM_LOG, node, S_IFDIR);
	return 0;
}

/* ---- changes ---- */

int system_dir_symlink(struct call *call, struct place *place, const char *name, const char *target,
		       struct fuse_entry_param *ret_entry)
{
	enum system_link link = link_named(name);
	uint32_t level = 0, system = place->node.owner;
	struct system_info info;
	int err = level_of_target(call->mount, target, &level);

	if (request_is_done())
		return system_dir_lookup(place, name, ret_entry);
	if (!err && strcmp(name, PROTOCOL_SYSTEM_LOG) == 0)
		err = -CSM_FIXED_ENTRY;
	if (err)
		return refusal(call, place, "symlink", name, err);
	if (link < LINK_COUNT) {
		err = system_by_id(call->mount->systems, system, &info);
		if (!err && info.level[link])
			err = -EEXIST;
		if (!err)
			err = system_set_link(call->mount->systems, system, link, level, call->uid);
	} else {
		err = spare_add(call->mount, system, name, level);
	}
	return err ? err : system_dir_lookup(place, name, ret_entry);
}

int system_dir_unlink(struct call *call, struct place *place, const char *name)
{
	enum system_link link = link_named(name);
	int err;

	if (link < LINK_COUNT)
		return system_remove_link(call->mount->systems, place->node.owner, link, call->uid);
	err = spare_remove(call->mount, place->node.owner, name);
	if (err && strcmp(name, PROTOCOL_SYSTEM_LOG) == 0)
		err = refusal(call, place, "unlink", name, -CSM_FIXED_ENTRY);
	return err;
}

/* A spare over a link is what ln -sfn ends with: the link then points where the spare did. */
static int spare_over_link(struct call *call, struct place *place, const char *name, enum system_link link)
{
	uint32_t system = place->node.owner;
	struct handover_spare spare;
	int err = spare_find(call->mount, system, name, 0, &spare);

	if (!err)
		err = system_set_link(call->mount->systems, system, link, spare.level, call->uid);
	if (!err)
		spare_remove(call->mount, system, name);
	return err;
}

int system_dir_rename(struct call *call, struct place *place, const char *name, const char *new_name,
		      unsigned flags)
{
	enum system_link from = link_named(name), to = link_named(new_name);
	uint64_t node;

	if (flags & ~(unsigned)RENAME_NOREPLACE)
		return -EINVAL;
	if ((flags & RENAME_NOREPLACE) && find_node(place, new_name, &node) == 0)
		return -EEXIST;
	if (from < LINK_COUNT && to < LINK_COUNT)
		return system_move_link(call->mount->systems, place->node.owner, from, to, call->uid);
	if (strcmp(name, PROTOCOL_SYSTEM_LOG) == 0 || strcmp(new_name, PROTOCOL_SYSTEM_LOG) == 0 ||
	    from < LINK_COUNT)
		return refusal(call, place, "rename", name, -CSM_FIXED_ENTRY);
	if (to < LINK_COUNT)
		return spare_over_link(call, place, name, to);
	return spare_rename(call->mount, place->node.owner, name, new_name);
}

void system_dir_forget(struct place *place, const char *name)
{
	if (link_named(name) == LINK_COUNT)
		spare_remove(place->mount, place->node.owner, name);
}
