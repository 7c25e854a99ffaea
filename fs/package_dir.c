/*
 * The store knows packages as records that name a directory in the release's own files.
 * Here they become PACKAGE and PACKAGE.from.OTHER in the level's directory.
 *
 * rm -r removes the files of a directory before the directory. The record goes with the
 * first file; from then on the directory is known here only, as "emptying", so that rm -r
 * finds it to the end; the handover has it for the next worker. After a crash or an unmount in
 * between, the store's clean-up takes what is left.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/handover.h"
#include "fs/package_dir.h"
#include "fs/protocol.h"
#include "fs/tree.h"

struct emptying {
	struct emptying *next;
	uint32_t level;
	uint64_t directory;
	struct handover_emptying *kept; /* the same for the next worker; NULL: there was no room */
	char name[]; /* in the level's directory */
};

struct build {
	struct build *next;
	const char *level, *name; /* valid while the build runs */
	char component[NAME_LENGTH_MAX + 1];
	uint64_t files, bytes;
};

struct package_dirs {
	struct handover_head *head; /* immutable */
	pthread_mutex_t lock; /* everything below */
	struct emptying *emptying;
	struct build *builds;
};

void package_dirs_free(struct package_dirs *dirs)
{
	if (!dirs)
		return;
	while (dirs->emptying) {
		struct emptying *emptying = dirs->emptying;

		dirs->emptying = emptying->next;
		free(emptying);
	}
	pthread_mutex_destroy(&dirs->lock);
	free(dirs);
}

/* ---- directories that are being emptied ---- */

/* Under the lock: where the one of this level and name, or of this directory when name is NULL, hangs. */
static struct emptying **emptying_at(struct package_dirs *dirs, uint32_t level, const char *name,
				     uint64_t directory)
{
	struct emptying **at = &dirs->emptying;

	while (*at && !(name ? (*at)->level == level && strcmp((*at)->name, name) == 0
			     : (*at)->directory == directory))
		at = &(*at)->next;
	return at;
}

static int emptying_find(struct package_dirs *dirs, uint32_t level, const char *name, uint64_t *directory,
			 uint32_t *ret_level)
{
	struct emptying *emptying;

	WITH_MUTEX(&dirs->lock);
	emptying = *emptying_at(dirs, level, name, *directory);
	if (!emptying)
		return -ENOENT;
	*directory = emptying->directory;
	if (ret_level)
		*ret_level = emptying->level;
	return 0;
}

static void emptying_remove(struct package_dirs *dirs, uint64_t directory)
{
	struct emptying **at, *emptying;

	WITH_MUTEX(&dirs->lock);
	at = emptying_at(dirs, 0, NULL, directory);
	emptying = *at;
	if (!emptying)
		return;
	*at = emptying->next;
	if (emptying->kept)
		emptying->kept->directory = 0;
	free(emptying);
}

/* Under the lock. */
static struct handover_emptying *keep(struct package_dirs *dirs, const struct emptying *emptying)
{
	struct handover_emptying *kept = dirs->head->emptying, *end = kept + HANDOVER_EMPTYING;

	while (kept < end && kept->directory)
		kept++;
	if (kept == end || strlen(emptying->name) >= sizeof(kept->name))
		return NULL;
	kept->level = emptying->level;
	snprintf(kept->name, sizeof(kept->name), "%s", emptying->name);
	kept->directory = emptying->directory;
	return kept;
}

static int emptying_add(struct package_dirs *dirs, uint32_t level, const char *name, uint64_t directory,
			struct handover_emptying *kept)
{
	struct emptying *emptying = malloc(sizeof(*emptying) + strlen(name) + 1);

	if (!emptying)
		return -ENOMEM;
	emptying->level = level;
	emptying->directory = directory;
	memcpy(emptying->name, name, strlen(name) + 1);
	WITH_MUTEX(&dirs->lock);
	emptying->kept = kept ? kept : keep(dirs, emptying);
	emptying->next = dirs->emptying;
	dirs->emptying = emptying;
	return 0;
}

bool package_dirs_busy(struct package_dirs *dirs)
{
	WITH_MUTEX(&dirs->lock);
	return dirs->emptying != NULL;
}

/* ---- names and records ---- */

bool package_dir_name(const char *name)
{
	return strcmp(name, PROTOCOL_PACKAGE) == 0 ||
	       strncmp(name, PROTOCOL_PACKAGE_FROM, strlen(PROTOCOL_PACKAGE_FROM)) == 0;
}

/* The id of the level that a name packages against: 0 for PACKAGE. */
static int against_of(struct mount *mount, const char *name, uint32_t *ret_against)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	int err;

	*ret_against = 0;
	if (strcmp(name, PROTOCOL_PACKAGE) == 0)
		return 0;
	err = filespace_level(mount->filespace, name + strlen(PROTOCOL_PACKAGE_FROM), &level);
	if (err)
		return err == -ENOENT ? -CSM_LEVEL_UNKNOWN : err;
	*ret_against = level_id(level);
	/* What is packaged against BASE is called PACKAGE. */
	return strcmp(level_name(level), PROTOCOL_BASE) == 0 ? -CSM_PACKAGE_AGAINST : 0;
}

/* The name of a record's directory; a level that is gone has its id for a name. */
static char *name_of(struct mount *mount, uint32_t against)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	_cleanup_(cleanup_buffer) struct buffer name = BUFFER_INIT;

	if (!against)
		buffer_text(&name, PROTOCOL_PACKAGE);
	else if (filespace_level_by_id(mount->filespace, against, &level) == 0)
		buffer_printf(&name, PROTOCOL_PACKAGE_FROM "%s", level_name(level));
	else
		buffer_printf(&name, PROTOCOL_PACKAGE_FROM "#%u", against);
	return buffer_detach_text(&name);
}

struct record_search {
	struct mount *mount;
	const char *name;   /* looked for, or NULL: directory is */
	uint64_t directory;
	uint32_t against, level;
};

static int match_record(void *context, const struct package_record *record)
{
	struct record_search *search = context;
	_cleanup_free_ char *name = NULL;

	if (search->name) {
		name = name_of(search->mount, record->against);
		if (!name || strcmp(name, search->name) != 0)
			return 0;
	} else if (record->directory != search->directory) {
		return 0;
	}
	search->directory = record->directory;
	search->against = record->against;
	return 1;
}

static int match_level(void *context, struct level *level)
{
	struct record_search *search = context;
	int found = level_each_package(level, match_record, search);

	if (found == 1)
		search->level = level_id(level);
	return found;
}

/* ---- after another worker ---- */

/* One whose record still is there was not begun after all. */
static int take_up(struct mount *mount, struct package_dirs *dirs, struct handover_emptying *kept)
{
	struct record_search search = { .mount = mount, .directory = kept->directory };
	int found = filespace_each_level(mount->filespace, match_level, &search);

	if (found < 0)
		return found;
	if (!found)
		return emptying_add(dirs, kept->level, kept->name, kept->directory, kept);
	kept->directory = 0;
	return 0;
}

int package_dirs_new(struct mount *mount, struct package_dirs **ret_dirs)
{
	struct package_dirs *dirs = calloc(1, sizeof(*dirs));
	int err = 0;

	if (!dirs)
		return -ENOMEM;
	pthread_mutex_init(&dirs->lock, NULL);
	dirs->head = mount->handover->head;
	for (size_t i = 0; !err && i < HANDOVER_EMPTYING; i++)
		if (dirs->head->emptying[i].directory)
			err = take_up(mount, dirs, &dirs->head->emptying[i]);
	if (err) {
		package_dirs_free(dirs);
		return err;
	}
	*ret_dirs = dirs;
	return 0;
}

int package_dir_find(struct place *place, const char *name, uint64_t *ret_directory)
{
	struct record_search search = { .mount = place->mount, .name = name };
	int found = level_each_package(place->level, match_record, &search);

	if (found < 0)
		return found;
	if (found)
		*ret_directory = search.directory;
	return found ? 0 : emptying_find(place->mount->packages, place->node.owner, name, ret_directory, NULL);
}

struct record_list {
	struct mount *mount;
	struct listing *listing;
};

static int list_record(void *context, const struct package_record *record)
{
	struct record_list *list = context;
	_cleanup_free_ char *name = name_of(list->mount, record->against);

	if (!name)
		return -ENOMEM;
	listing_add(list->listing, name, node_id(NODE_TREE, FILES_SPACE_ID, record->directory), S_IFDIR);
	return 0;
}

int package_dir_list(struct place *place, struct listing *listing)
{
	struct package_dirs *dirs = place->mount->packages;
	struct record_list list = { .mount = place->mount, .listing = listing };
	int err = level_each_package(place->level, list_record, &list);

	if (err)
		return err;
	WITH_MUTEX(&dirs->lock);
	for (struct emptying *emptying = dirs->emptying; emptying; emptying = emptying->next)
		if (emptying->level == place->node.owner)
			listing_add(listing, emptying->name,
				    node_id(NODE_TREE, FILES_SPACE_ID, emptying->directory), S_IFDIR);
	return 0;
}

int package_dir_owner(struct mount *mount, uint64_t directory, uint32_t *ret_level)
{
	struct record_search search = { .mount = mount, .directory = directory };
	int found;

	if (emptying_find(mount->packages, 0, NULL, &directory, ret_level) == 0)
		return 0;
	found = filespace_each_level(mount->filespace, match_level, &search);
	if (found != 1)
		return found < 0 ? found : -ENOENT;
	*ret_level = search.level;
	return 0;
}

/* ---- building ---- */

struct build_watch {
	struct package_dirs *dirs;
	struct build build;
};

static void report(void *context, const char *level, const char *component, uint64_t files, uint64_t bytes)
{
	struct build_watch *watch = context;

	(void)level;
	WITH_MUTEX(&watch->dirs->lock);
	snprintf(watch->build.component, sizeof(watch->build.component), "%s", component);
	watch->build.files = files;
	watch->build.bytes = bytes;
}

static void watch_begin(struct build_watch *watch)
{
	WITH_MUTEX(&watch->dirs->lock);
	watch->build.next = watch->dirs->builds;
	watch->dirs->builds = &watch->build;
}

static void watch_end(struct build_watch *watch)
{
	struct build **at = &watch->dirs->builds;

	WITH_MUTEX(&watch->dirs->lock);
	while (*at != &watch->build)
		at = &(*at)->next;
	*at = watch->build.next;
}

int package_dir_build(struct call *call, struct place *place, const char *name)
{
	struct build_watch watch = {
		.dirs = call->mount->packages,
		.build = { .level = level_name(place->level), .name = name },
	};
	struct package_progress progress = { .report = report, .context = &watch };
	uint32_t against;
	uint64_t directory = 0;
	int err = against_of(call->mount, name, &against);

	if (request_is_done())
		return call_carried_out(call);
	if (err)
		return refusal(call, place, "package", name, err);
	if (emptying_find(watch.dirs, place->node.owner, name, &directory, NULL) == 0)
		return -EEXIST;
	watch_begin(&watch);
	request_pause(); /* the record is what makes a package */
	err = package_build(place->level, against, call->mount->store->key, call->uid, &progress);
	request_resume();
	watch_end(&watch);
	return err;
}

void package_dir_progress(struct mount *mount, struct buffer *ret_text)
{
	struct package_dirs *dirs = mount->packages;

	WITH_MUTEX(&dirs->lock);
	for (struct build *build = dirs->builds; build; build = build->next)
		buffer_printf(ret_text, "%s %s %s files %llu bytes %llu\n", build->level, build->name,
			      build->component[0] ? build->component : "-", (unsigned long long)build->files,
			      (unsigned long long)build->bytes);
}

/* ---- removing ---- */

static int remove_directory(struct mount *mount, uint64_t directory)
{
	struct inode inode;
	int err = space_inode(mount_files(mount), directory, &inode);

	return err ? err : space_rmdir(mount_files(mount), inode.parent, inode.name);
}

int package_dir_remove(struct call *call, struct place *place, const char *name)
{
	struct record_search search = { .mount = call->mount, .name = name };
	uint64_t directory = 0;
	int found = level_each_package(place->level, match_record, &search);

	if (found < 0)
		return found;
	if (found)
		return package_drop(place->level, search.against, call->uid);
	if (emptying_find(call->mount->packages, place->node.owner, name, &directory, NULL))
		return -ENOENT;
	found = remove_directory(call->mount, directory);
	if (!found || found == -CSM_STALE)
		emptying_remove(call->mount->packages, directory);
	return found == -CSM_STALE ? 0 : found;
}

/* The level's record goes; the store logs that. file is the one that is removed first. */
static int forget_record(struct call *call, struct place *place, const char *file)
{
	struct record_search search = { .mount = call->mount, .directory = place->node.number };
	_cleanup_(cleanup_level) struct level *level = NULL;
	_cleanup_free_ char *name = NULL;
	int err = filespace_each_level(call->mount->filespace, match_level, &search);

	if (err != 1)
		return err < 0 ? err : refusal(call, place, "unlink", file, -CSM_FIXED_ENTRY);
	name = name_of(call->mount, search.against);
	err = filespace_level_by_id(call->mount->filespace, search.level, &level);
	if (!err && !name)
		err = -ENOMEM;
	if (!err)
		err = emptying_add(call->mount->packages, search.level, name, place->node.number, NULL);
	if (err)
		return err;
	err = level_forget_package(level, search.against, call->uid);
	if (err)
		emptying_remove(call->mount->packages, place->node.number);
	return err;
}

int package_dir_unlink(struct call *call, struct place *place, const char *name)
{
	uint64_t directory = place->node.number;
	int err = 0;

	if (emptying_find(call->mount->packages, 0, NULL, &directory, NULL))
		err = forget_record(call, place, name);
	return err ? err : tree_unlink(call, place, name);
}
