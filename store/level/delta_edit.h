/*
 * What the two halves of writing through DELTA share: delta_edit.c makes, delta_remove.c takes away.
 */
#ifndef STORE_LEVEL_DELTA_EDIT_H
#define STORE_LEVEL_DELTA_EDIT_H

#include "store/level/delta.h"

/* Where an operation takes place: the pair of directories. */
struct delta_place {
	uint64_t dir, base_dir;
	const char *name;
	bool shown;		   /* DELTA shows an entry */
	struct window_entry entry; /* if shown */
	uint64_t number;	   /* what BUILD has there, 0: nothing */
	uint64_t base_number;	   /* what the base has there, 0: nothing */
	bool hides;		   /* delta_hides() of dir: no entry of the base returns alone */
};

int delta_find_place(struct delta *delta, uint64_t dir, const char *name,
		     struct delta_place *ret_place);
/* Moves what stands under stage to the place, over whatever BUILD has there; or removes it. */
int delta_put_in_place(struct delta *delta, const char *stage, const struct delta_place *place,
		       enum edit_flags flags);
/*
 * mkdir of a directory that BUILD inherited: from now on DELTA shows it, with the attributes of
 * a new directory: what the inherited one had besides (xattrs, ACLs) is not the new one's.
 */
int delta_show_directory(struct delta *delta, const struct delta_place *place,
			 const struct new_inode *new_inode, struct window_entry *ret_entry);

#endif
