/*
 * All SERVLINKs of a package: one for each component in which two views differ.
 */
#ifndef STORE_PACKAGE_PACKAGE_SERVLINKS_H
#define STORE_PACKAGE_PACKAGE_SERVLINKS_H

#include "store/package/manifest.h"
#include "store/package/package.h"

struct package_source {
	struct view *against, *view;		 /* neither is written any more */
	const char *level;                       /* its name, for progress */
	const struct package_progress *progress; /* may be NULL */
};

struct package_servlinks {
	struct manifest_servlink *list; /* in order of the components; owned, as their names are */
	size_t count;
	struct buffer lines; /* of MANIFEST about all their paths */
};
#define PACKAGE_SERVLINKS_INIT { NULL, 0, BUFFER_INIT }

/*
 * Writes them into directory of files. ret_servlinks is released by the caller also
 * after a failure.
 */
int package_servlinks_write(const struct package_source *source, struct space *files,
			    uint64_t directory, struct package_servlinks *ret_servlinks);
void package_servlinks_release(struct package_servlinks *servlinks);

#endif
