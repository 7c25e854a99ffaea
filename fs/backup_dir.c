/*
 * Backups belong to the store and have no ids. The number of one is made of its name, so that it
 * means the same after a restart, and is found again by looking at all there are: they are few.
 * Two names with one number (once in 2^37) would show each other's time and nothing worse.
 *
 * Backups are directories of the store's own, and an administrator may remove one there: the
 * kernel keeps nothing of them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/backup_dir.h"
#include "fs/loop.h"
#include "fs/protocol.h"

#define NAME_BYTES 5 /* of the name's digest */

static uint64_t node_of(const char *name)
{
	struct digest digest = digest_of(slice_text(name));
	uint64_t number = 0;

	for (size_t i = 0; i < NAME_BYTES; i++)
		number = number << 8 | digest.bytes[i];
	return node_id(NODE_FIXED, 0, FIXED_BACKUP | (number & (FIXED_BACKUP - 1)));
}

bool backup_dir_has(const struct node *node)
{
	return node->kind == NODE_FIXED &&
	       (node->number == FIXED_BACKUPS || node->number >= FIXED_BACKUP);
}

static bool is_top(const struct place *place)
{
	return place->node.number == FIXED_BACKUPS;
}

/* ---- what is there ---- */

struct search {
	uint64_t node;
	struct timespec made;
	char name[LEVEL_NAME_MAX + 1];
};

static int match(void *context, const char *name, const struct timespec *made)
{
	struct search *search = context;

	if (node_of(name) != search->node)
		return 0;
	search->made = *made;
	snprintf(search->name, sizeof(search->name), "%s", name);
	return 1;
}

int backup_dir_stat(struct place *place, struct stat *ret_stat, double *ret_timeout)
{
	struct search search = { .node = place->id, .made = place->mount->opened };
	int found = is_top(place) ? 1 : backups_each(place->mount->store, match, &search);

	if (found != 1)
		return found < 0 ? found : -CSM_STALE;
	*ret_stat = (struct stat){ .st_ino = place->id,
				   .st_mode = S_IFDIR | 0755,
				   .st_nlink = 2,
				   .st_atim = search.made,
				   .st_mtim = search.made,
				   .st_ctim = search.made };
	*ret_timeout = AT_ONCE;
	return 0;
}

uint64_t backup_dir_parent(const struct node *node)
{
	return node_id(NODE_FIXED, 0,
		       node->number == FIXED_BACKUPS ? FIXED_CONTROL : FIXED_BACKUPS);
}

int backup_dir_lookup(struct place *place, const char *name, struct fuse_entry_param *ret_entry)
{
	_cleanup_(place_release) struct place found = PLACE_INIT;
	struct timespec made;
	int err = is_top(place) ? backup_find(place->mount->store, name, &made) : -ENOENT;

	if (!err)
		err = place_open(place->mount, node_of(name), &found);
	return err ? err : place_entry(&found, ret_entry);
}

static int add_name(void *context, const char *name, const struct timespec *made)
{
	(void)made;
	listing_add(context, name, node_of(name), S_IFDIR);
	return 0;
}

int backup_dir_list(struct place *place, struct listing *listing)
{
	return is_top(place) ? backups_each(place->mount->store, add_name, listing) : 0;
}

void backup_dir_path(struct place *place, struct buffer *ret_path)
{
	struct search search = { .node = place->id };

	buffer_text(ret_path, PROTOCOL_CONTROL "/" PROTOCOL_BACKUPS);
	if (!is_top(place) && backups_each(place->mount->store, match, &search) == 1)
		buffer_printf(ret_path, "/%s", search.name);
}

/*
 * ---- changes ----
 *
 * No commit carries them out, a rename in the store's directory does. The kernel sees to it that a name is
 * not there when it is made, and is there when it is removed; so when a request comes again and finds
 * it otherwise, it was carried out.
 */

int backup_dir_mkdir(struct call *call, struct place *place, const char *name,
		     struct fuse_entry_param *ret_entry)
{
	int err;

	if (!is_top(place))
		return refusal(call, place, "mkdir", name, -CSM_FIXED_ENTRY);
	if (loop_request()->resent && backup_dir_lookup(place, name, ret_entry) == 0)
		return 0;
	err = backup_add(call->mount->store, call->mount->filespace, name, call->uid);
	return err ? err : backup_dir_lookup(place, name, ret_entry);
}

int backup_dir_rmdir(struct call *call, struct place *place, const char *name)
{
	struct timespec made;

	if (!is_top(place))
		return -ENOENT;
	if (loop_request()->resent && backup_find(call->mount->store, name, &made) == -ENOENT)
		return 0;
	return backup_delete(call->mount->store, call->mount->filespace, name, call->uid);
}
