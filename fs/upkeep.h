/*
 * The thread that tends the file space once a second: stores what has been held for a
 * while, syncs, and gives space of what was deleted back.
 */
#ifndef FS_UPKEEP_H
#define FS_UPKEEP_H

struct mount;
struct upkeep;

/* Signals are to be blocked by the caller: the thread takes none. */
int upkeep_start(struct mount *mount, struct upkeep **ret_upkeep);
/* Returns when the step that runs is done and the thread has ended. */
void upkeep_stop(struct upkeep *upkeep);

#endif
