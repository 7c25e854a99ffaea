/*
 * The place a mount is put at: what is there already, and what a killed daemon left.
 */
#ifndef FS_MOUNTPOINT_H
#define FS_MOUNTPOINT_H

#include <stdbool.h>

/* Detaches dead csmfs mounts at directory. 1 when there was one, 0 when not, or -errno. */
int mountpoint_clear(const char *directory);
/* 0 when something can be mounted at directory, else -errno. */
int mountpoint_check(const char *directory);
/* True while a csmfs mount of this store is in the mount table. */
bool mountpoint_has_store(const char *store);

/*
 * Takes the mount at directory away, whoever is in it: what waits for an answer fails, what is open
 * answers ENOTCONN. device is the mount's, number what mountpoint_number() said of it; nothing is done when
 * the mount is gone already, or another one is in front of it.
 */
void mountpoint_detach(const char *directory, int device, const char *number);

#define MOUNT_NUMBER_SIZE 32
/* "major:minor" of what is mounted at directory, the topmost; "" when nothing is. */
void mountpoint_number(const char *directory, char ret_number[MOUNT_NUMBER_SIZE]);
/*
 * How far the kernel reads ahead of who reads a file in its order, in KiB; nothing happens where that is not
 * to be set (no /sys, or one that is only read). After the greeting, which sets it to what the kernel offered.
 */
void mountpoint_read_ahead(const char *number, unsigned kib);

#endif
