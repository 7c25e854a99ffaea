/*
 * struct mount: everything one mounted file space has in memory. It is the session's user
 * data, so that there are no globals; every request finds it there.
 *
 * Lock order: each part below has its own lock, innermost, held for a few instructions; no
 * lock is held while the store is called or the kernel is told something.
 */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include <fuse_lowlevel.h>
#include <time.h>

#include "fs/metrics.h"
#include "fs/teller.h"
#include "store/base/cleanup.h"
#include "store/store.h"

/* The daemon is the only writer: what the kernel learns stays true until we say otherwise (P11). */
#define FOR_EVER (86400.0 * 365)
/* Names and attributes that may change without a request that the kernel sees as their change. */
#define AT_ONCE 0.0

struct handles;
struct handover;
struct opened_files;
struct texts;
struct notifier;
struct package_dirs;
struct spares;
struct scrub;

struct mount {
	struct store *store;		   /* immutable until the end */
	struct filespace *filespace;	   /* the same */
	struct systems *systems;	   /* the same */
	struct fuse_session *session;	   /* the same */
	int tellers[TELLERS];		   /* the same, see fs/teller.h */
	struct timespec opened;		   /* immutable: the time of directories that have none */
	struct handles *handles;	   /* open directories */
	struct opened_files *opened_files; /* regular files that requests are about */
	struct texts *texts;		   /* of virtual and control files */
	pthread_mutex_t asking;        /* held while the kernel is asked who is in use */
	struct notifier *notifier;	   /* tells the kernel what to forget, before a reply */
	struct notifier *forgetter; /* the same for pages that were refused, after the reply */
	struct notifier *text_notifier; /* the same for texts, see fs/text.h */
	struct package_dirs *packages; /* builds that run, directories being removed */
	struct spares *spares;	       /* symbolic links on their way into a system */
	struct scrub *scrub;	       /* the check that runs beside all others */
	struct handover *handover;     /* what the next worker finds; immutable */
	struct requests *requests;     /* which of them were carried out; immutable */
	bool owns_handover;	       /* nobody comes after us */
	bool goes_on;		       /* the kernel goes on with another worker when we end */
	struct metrics metrics;
	unsigned protocol_major, protocol_minor; /* the kernel's, from its greeting; 0 before */
};

/*
 * Opens release of an open store for a session, which is set by the caller; "" takes the
 * only one. What the handover has of a worker before us is taken up; it stays the caller's, and
 * NULL is an empty one. Nothing is left open after a failure.
 */
int mount_open(struct store *store, const char *release, struct handover *handover,
	       struct mount **ret_mount);
/*
 * Of the requests that a worker before us had, these come again and no others; called before any is
 * answered.
 */
void mount_resumed(struct mount *mount, const uint64_t *uniques, size_t count);
/* Closes what is open, syncs and frees; the store stays the caller's. NULL is legal. */
void mount_close(struct mount *mount);
/* The space of packages and system logs. */
static inline struct space *mount_files(struct mount *mount)
{
	return filespace_files(mount->filespace);
}

#endif
