/*
 * The front door: a store is a directory with a superblock, a lock, a key and a database.
 * Programs include this header and no other of the store.
 *
 *   STORE/csmfs.store   text: format version, uuid, created (docs/format.md "Superblock")
 *   STORE/lock          flock'ed by the process that has the store open
 *   STORE/key.pem       Ed25519 private key, 0600
 *   STORE/db/           RocksDB
 *   STORE/backups/      copies of the store as it was; each is a store (backup.h)
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/backup.h"
#include "store/base/error.h"
#include "store/level/level.h"
#include "store/level/window.h"
#include "store/package/package.h"
#include "store/request/request.h"
#include "store/system/system.h"
#include "store/version.h"

#define STORE_FORMAT_VERSION 1

struct store {
	char *path;
	char uuid[37];
	int lock_fd;
	struct engine engine;
	struct chunks *chunks;
	struct trees *trees;
	struct sign_key *key;
	pthread_mutex_t backups; /* held while a backup is made or dropped (backup.h) */
};

/*
 * Makes a store at path (the directory may exist and be empty), or adds a release to the
 * one that is there. All or nothing. -CSM_RELEASE_EXISTS, -CSM_STORE_BUSY, -ENOTEMPTY.
 */
int store_create(const char *path, const char *release);
/*
 * -CSM_STORE_MISSING, -CSM_STORE_BUSY, -CSM_STORE_NEWER, -CSM_STORE_DAMAGED; ret_message (may be
 * NULL) then gets one line for a person, freed by the caller. A store is opened by one process.
 */
int store_open(const char *path, size_t cache_bytes, struct store **ret_store, char **ret_message);
/* What a process that is one of several, each going on where the one before it ended, was given. */
struct store_session {
	int unstored_fd; /* memory for written bytes that are not stored, which outlives us; or -1 */
	/*
	 * The lock of the store, held since a process before us took it, so that nobody else gets the store
	 * between two of us; it stays the caller's. -1: it is to be taken.
	 */
	int lock_fd;
};
/* The same in a session; also -CSM_UNSTORED_NEWER, -CSM_UNSTORED_DAMAGED. The descriptor stays the caller's. */
/* The version of what is in unstored_fd, as this program reads and writes it. */
unsigned store_unstored_layout(void);
int store_open_session(const char *path, size_t cache_bytes, const struct store_session *session,
		       struct store **ret_store, char **ret_message);
/* In memory, for tests: an empty store with one release. */
int store_open_memory(const char *release, struct store **ret_store);
void store_close(struct store *store);
/* Lets who opens the store next wait (a minute at most) instead of being refused. close says it, too. */
void store_say_closing(struct store *store);
/* The only release, or -CSM_RELEASE_NEEDED. */
int store_only_release(struct store *store, char ret_release[4]);

#endif
