/*
 * Putting a mounted file space together and taking it apart again, in an order in which
 * nothing is used after it is gone: open files before levels, levels before the file space.
 */
#include <errno.h>
#include <stdlib.h>

#include "fs/handle.h"
#include "fs/handover.h"
#include "fs/in_use.h"
#include "fs/mount.h"
#include "fs/notify.h"
#include "fs/opened.h"
#include "fs/package_dir.h"
#include "fs/system_dir.h"
#include "fs/text.h"
#include "fs/unanswered.h"
#include "store/base/log.h"
#include "store/upkeep/scrub.h"

static int open_filespace(struct mount *mount, const char *release)
{
	char only[4];
	int err = 0;

	if (!release[0]) {
		err = store_only_release(mount->store, only);
		release = only;
	}
	if (!err)
		err = filespace_open(mount->store->trees, release, &mount->filespace);
	if (!err)
		err = systems_open(mount->filespace, &mount->systems);
	return err;
}

/* What a crash left of a package or a backup is not in the way: a failure is worth a line, not the mount. */
static void clean(struct mount *mount)
{
	int err = package_dirs_busy(mount->packages) ? 0 : packages_clean(mount->filespace);

	if (err < 0)
		log_line(LOG_LEVEL_WARNING, "files of unfinished packages are not removed: %s",
			 error_text(err));
	err = backups_clean(mount->store);
	if (err < 0)
		log_line(LOG_LEVEL_WARNING,
			 "what is left of an unfinished backup is not removed: %s",
			 error_text(err));
}

static int take_handover(struct mount *mount, struct handover *handover)
{
	mount->handover = handover;
	mount->owns_handover = !handover;
	return handover ? 0 : handover_new(&mount->handover);
}

int mount_open(struct store *store, const char *release, struct handover *handover,
	       struct mount **ret_mount)
{
	struct mount *mount = calloc(1, sizeof(*mount));
	int err;

	if (!mount)
		return -ENOMEM;
	mount->store = store;
	for (int i = 0; i < TELLERS; i++)
		mount->tellers[i] = -1;
	clock_gettime(CLOCK_REALTIME, &mount->opened);
	pthread_mutex_init(&mount->asking, NULL);
	trees_ask(store->trees, in_use_ask, mount);
	err = take_handover(mount, handover);
	if (!err)
		err = requests_open(store->engine.kv, mount->handover->head->number,
				    &mount->requests);
	if (!err)
		err = open_filespace(mount, release);
	if (!err)
		err = handles_new(&mount->handles);
	if (!err)
		err = opened_new(&mount->opened_files);
	if (!err)
		err = texts_new(&mount->texts);
	if (!err)
		err = package_dirs_new(mount, &mount->packages);
	if (!err)
		err = spares_new(mount->handover, &mount->spares);
	if (!err)
		err = notifier_new(mount, &mount->tellers[TELLER_NOTES], &mount->notifier);
	if (!err)
		err = notifier_new(mount, &mount->tellers[TELLER_PAGES], &mount->forgetter);
	if (!err)
		err = notifier_new(mount, &mount->tellers[TELLER_TEXTS], &mount->text_notifier);
	if (!err)
		err = scrub_open(store, filespace_oplog(mount->filespace), &mount->scrub);
	if (err) {
		mount_close(mount);
		return err;
	}
	clean(mount);
	*ret_mount = mount;
	return 0;
}

/* Files without a name that somebody has open go with the mount, if it goes. */
static void leave_orphans(struct mount *mount)
{
	int err;

	trees_ask(mount->store->trees, NULL, NULL);
	err = mount->filespace && !mount->goes_on ? filespace_purge(mount->filespace) : 0;
	if (err)
		log_line(LOG_LEVEL_WARNING, "deleted files are not removed: %s", error_text(err));
}

void mount_close(struct mount *mount)
{
	int err;

	if (!mount)
		return;
	scrub_close(mount->scrub);
	notifier_free(mount->notifier);
	notifier_free(mount->forgetter);
	notifier_free(mount->text_notifier);
	handles_free(mount->handles);
	opened_free(mount->opened_files);
	texts_free(mount->texts);
	leave_orphans(mount);
	if (mount->filespace) {
		err = filespace_sync(mount->filespace);
		if (err)
			log_line(LOG_LEVEL_ERROR, "not everything written is on disk: %s",
				 error_text(err));
	}
	spares_free(mount->spares);
	package_dirs_free(mount->packages);
	if (mount->systems)
		systems_close(mount->systems);
	if (mount->filespace)
		filespace_close(mount->filespace);
	requests_close(mount->requests);
	if (mount->owns_handover)
		handover_close(mount->handover);
	pthread_mutex_destroy(&mount->asking);
	free(mount);
}

void mount_resumed(struct mount *mount, const uint64_t *uniques, size_t count)
{
	requests_expect(mount->requests, uniques, count);
	unanswered_forget(mount);
}
