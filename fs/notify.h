/*
 * Telling the kernel to forget. A change made through DELTA changes BUILD, whose names and
 * attributes the kernel has been allowed to keep for ever; before the caller hears of the
 * success, the kernel forgets what is no longer true.
 *
 * One thread does it, never a thread that serves requests: the kernel takes the lock of the
 * directory in BUILD, whose holder may itself wait for us.
 */
#ifndef FS_NOTIFY_H
#define FS_NOTIFY_H

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

struct mount;

enum note_kind {
	NOTE_ENTRY = 1,      /* a name in a directory, and everything cached below it */
	NOTE_CONTENT = 2,    /* attributes and data of an inode, the listing of a directory */
	NOTE_ATTRIBUTES = 3, /* attributes alone */
};

struct note {
	struct note *next;
	enum note_kind kind;
	uint64_t node;
	char name[]; /* NOTE_ENTRY */
};

/* Owned by one call; starts zeroed. */
struct notes {
	struct note *first;
};

/* Without memory nothing is remembered: the kernel then knows the old state until it asks again. */
void note_entry(struct notes *notes, uint64_t directory, const char *name);
void note_content(struct notes *notes, uint64_t node);
void note_attributes(struct notes *notes, uint64_t node);
void notes_release(struct notes *notes);

struct notifier;

/*
 * An answer that waits for its notes. finish replies and frees the job; when they were not told it
 * does not reply, and the request is left to the next worker.
 */
struct notify_job {
	struct notify_job *next;
	struct notes notes;
	void (*finish)(struct notify_job *job, bool told);
};

/*
 * Starts the thread; teller is the socket of its process, set before the first job. Signals are to be
 * blocked by the caller: the thread takes none.
 */
int notifier_new(struct mount *mount, const int *teller, struct notifier **ret_notifier);
/*
 * Does what is waiting, ends the thread. What takes long is given up: it waits for a caller who waits
 * for an answer that we do not give any more. NULL is legal.
 */
void notifier_free(struct notifier *notifier);
/* Takes over the job: its notes are told to the kernel, then finish is called, from the thread. */
void notifier_add(struct notifier *notifier, struct notify_job *job);
/*
 * Has the kernel forget pages and attributes of the node, some time soon; nothing waits for it.
 * Asked for again before its turn has come it is done once. To be called on the mount's
 * forgetter, never on the notifier of the replies.
 */
void notifier_forget(struct notifier *notifier, uint64_t node);

#endif
