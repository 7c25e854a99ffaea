/*
 * Texts that virtual and control files have: made when somebody looks at the file, and kept for
 * those who read on. The kernel says nothing when a file is opened; it asks for the size and the times
 * then, and that is the moment of which a reader sees the text. While it reads it asks again, naming
 * the open file: then they are those of the text it reads, or it would not find the end.
 *
 * The kernel keeps pages of these files, too. Who looks at a file has it forget them before it hears of the
 * size (the notes of a call). These notes have a notifier of their own: who writes a control file has the
 * page locked that another one's note waits for, and is answered by the notifier of all others.
 */
#ifndef FS_TEXT_H
#define FS_TEXT_H

#include "fs/mount.h"

struct texts;

int texts_new(struct texts **ret_texts);
void texts_free(struct texts *texts);

/* True for the node of a virtual or control file. */
bool text_is(uint64_t node);
/* node's text is this from now on; text is taken over. Size and times in stat become those of the text. */
void text_keep(struct mount *mount, uint64_t node, struct buffer *text, struct stat *stat);
/* What stat became when the text was kept, unless that is long ago: then, and when there is none, false. */
bool text_kept(struct mount *mount, uint64_t node, struct stat *ret_stat);
/* The bytes of the kept text from offset on, size at most. -ENOENT: none is kept. */
int text_read(struct mount *mount, uint64_t node, uint64_t offset, size_t size,
	      struct buffer *ret_bytes);
/* Nothing is kept of it any more: it was written. */
void text_drop(struct mount *mount, uint64_t node);

#endif
