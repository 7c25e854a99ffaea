/*
 * Where csmfs is mounted, and what servmgr reads there. Nothing here changes anything:
 * changes are steps of a plan.
 */
#ifndef TOOLS_MOUNTPOINT_H
#define TOOLS_MOUNTPOINT_H

#include <stdbool.h>
#include <stdio.h>

struct mountpoint {
	char *path;	 /* absolute, without a slash at its end; owned */
	char release[8]; /* the release the mount shows */
};

#define MOUNTPOINT_INIT { NULL, "" }

/*
 * The mount to work on: given (--mount), else $CSMFS_MOUNT, else the only csmfs mount of
 * this machine. 0, or negative when there is none to be had; ret_message then gets one
 * line that says why and what to do, freed by the caller (NULL: no memory).
 */
int mountpoint_find(const char *given, struct mountpoint *ret_mount, char **ret_message);
void mountpoint_release(struct mountpoint *mount);

/*
 * Directories of the csmfs mounts in a text of the form of /proc/self/mountinfo, each once
 * however often it is bound elsewhere; each with its NUL, one after the other. ret_count
 * says how many. The caller frees. 0 or -ENOMEM.
 */
int mountpoint_search(FILE *mountinfo, char **ret_names, size_t *ret_count);

/* MOUNT/..., the caller frees; NULL: no memory. */
char *mountpoint_path(const struct mountpoint *mount, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* All of a file of the mount as text. The caller frees. */
int mountpoint_read(const struct mountpoint *mount, const char *name, char **ret_text);

/* A control attribute of an object ("LEVEL", "systems/NAME"). The caller frees. -ENODATA: not set. */
int mountpoint_attribute(const struct mountpoint *mount, const char *object, const char *attribute,
			 char **ret_value);

/*
 * The name of a level, a system or a backup as it is written in the mount; asked without regard to
 * case. The caller frees. -ENOENT.
 */
int mountpoint_level(const struct mountpoint *mount, const char *name, char **ret_exact);
int mountpoint_system(const struct mountpoint *mount, const char *name, char **ret_exact);
int mountpoint_backup(const struct mountpoint *mount, const char *name, char **ret_exact);

/* The level a system's link (test, production, previous) names. The caller frees. -ENOENT: no such link. */
int mountpoint_link(const struct mountpoint *mount, const char *system, const char *link,
		    char **ret_level);

/* Is there something of that name? Links are not followed. */
bool mountpoint_has(const struct mountpoint *mount, const char *name);

#endif
