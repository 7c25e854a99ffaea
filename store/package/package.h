/*
 * Packages: one SERVLINK per component that differs, plus MANIFEST and MANIFEST.sig,
 * as files under filespace_files() (behaviours 26 to 30; docs/servlink.md).
 *
 * A SERVLINK is an LZ4 frame around a pax tar of what differs between the level and what
 * it is packaged against, in byte order of the paths. Equal content gives equal bytes:
 * nothing in it depends on the store, the clock or the history.
 */
#ifndef STORE_PACKAGE_PACKAGE_H
#define STORE_PACKAGE_PACKAGE_H

#include "store/level/level.h"
#include "store/package/sign.h"

/* Called when a component begins and ends, and now and then between: entries and bytes of it so far. */
struct package_progress {
	void (*report)(void *context, const char *level, const char *component, uint64_t files,
		       uint64_t bytes);
	void *context;
};

/*
 * Builds the level's package against BASE (against 0) or another level and records it;
 * returns when it is complete and on disk. -CSM_PACKAGE_EXISTS, -CSM_BASE_PERMANENT,
 * -CSM_BASE_UNLOCKED, -CSM_LEVEL_UNKNOWN, -CSM_PACKAGE_AGAINST (itself), -CSM_STALE (a level was
 * deleted meanwhile); on a locked level it must reproduce the package that was there last,
 * else -CSM_PACKAGE_DIFFERS. A failure leaves nothing behind. progress may be NULL. Every
 * call is one line of the control log.
 */
int package_build(struct level *level, uint32_t against, const struct sign_key *key, uint32_t uid,
		  const struct package_progress *progress);
/* Drops it: record first, then the files. -ENOENT, -CSM_PACKAGE_STABLE. */
int package_drop(struct level *level, uint32_t against, uint32_t uid);
/*
 * Removes package files that no record names (left by a crash). Called once after the
 * file space opened.
 */
int packages_clean(struct filespace *filespace);

#endif
