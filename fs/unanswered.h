/*
 * What a worker was working on when it died, on a kernel that does not send it again. The callers
 * have got an error, and the change was made or not; the kernel must not go on with what it knew before.
 */
#ifndef FS_UNANSWERED_H
#define FS_UNANSWERED_H

struct mount;

/* Has the kernel forget all that those requests may have changed; nothing waits for it. */
void unanswered_forget(struct mount *mount);

#endif
