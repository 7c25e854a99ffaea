/*
 * One number space for everything that can go wrong: a function that can fail
 * returns 0 or a negative code, either -errno or -CSM_NAME from the table below.
 *
 * A CSM code is a refusal or a damage report with a permanent number, the errno
 * the kernel is told, the rule in words, and the way out. Numbers are never reused.
 */
#ifndef STORE_BASE_ERROR_H
#define STORE_BASE_ERROR_H

/* number, name, errno, rule, way out */
#define CSM_ERRORS(x) \
	x(1025, LEVEL_LOCKED, EROFS, "the level is locked", \
	  "unlock it first: setfattr -n user.csmfs.lock -v off LEVEL") \
	x(1026, LEVEL_STABLE, EPERM, "a STABLE level stays STABLE and locked for ever", \
	  "make a new level based on it") \
	x(1027, BASE_PERMANENT, EPERM, "BASE is never unlocked, changed after its lock, packaged or deleted", \
	  "make a level based on BASE") \
	x(1028, LEVEL_HAS_CHILDREN, EBUSY, "another level is based on it", \
	  "delete the levels based on it first; SVCSTAT names them") \
	x(1029, LEVEL_ON_SYSTEM, EBUSY, "a managed system has it as test, production or previous", \
	  "take it off the system first; SYSSTAT names it") \
	x(1030, LEVEL_LOCKED_DELETE, EBUSY, "a locked level is not deleted", "unlock it first") \
	x(1031, LEVEL_EXISTS, EEXIST, "a level of that name exists (names differ by more than case)", \
	  "choose another name") \
	x(1032, NAME_RESERVED, EINVAL, "the name is reserved", "choose another name") \
	x(1033, NAME_BAD, EINVAL, \
	  "a name is 1 to 64 of A-Z a-z 0-9 _ . - and starts with none of . -", "choose another name") \
	x(1034, LEVEL_UNKNOWN, EINVAL, "there is no such level in this release", "see SVCSTAT for the levels") \
	x(1035, LEVEL_HAS_CONTENT, EBUSY, "basedon is chosen while the level has no content of its own", \
	  "make a new level, or remove everything from its DELTA") \
	x(1036, LEVEL_BASED_ON_ITSELF, EINVAL, "a level cannot be based on itself or on its descendants", \
	  "choose another level") \
	x(1037, PACKAGE_EXISTS, EEXIST, "the level has that package", "drop it first: rm -r LEVEL/PACKAGE") \
	x(1038, PACKAGE_MISSING, EPERM, "the level has no package against BASE", \
	  "build it: mkdir LEVEL/PACKAGE") \
	x(1039, PACKAGE_STALE, EPERM, "the level changed after its package was built", \
	  "build it again: rm -r LEVEL/PACKAGE; mkdir LEVEL/PACKAGE") \
	x(1040, PACKAGE_DIFFERS, EROFS, "the level is locked and the package would not be the one it had", \
	  "unlock the level first") \
	x(1041, PACKAGE_STABLE, EPERM, "the package of a STABLE level is kept", "make a new level based on it") \
	x(1042, COMPONENTS_ONLY, EPERM, "the top of DELTA, BUILD and APPLY holds components only: directories", \
	  "put it into a component: mkdir LEVEL/BUILD/COMPONENT") \
	x(1043, VALUE_BAD, EINVAL, "the value is not one this attribute takes", "see csmfs-xattrs(7)") \
	x(1044, ATTRIBUTE_UNKNOWN, ENODATA, "there is no such control attribute here", "see csmfs-xattrs(7)") \
	x(1045, ATTRIBUTE_READ_ONLY, EPERM, "the control attribute is only read", "see csmfs-xattrs(7)") \
	x(1046, ESM_DIFFERS, EPERM, "level and system differ in their ESM setting", \
	  "set user.csmfs.esm of one of them") \
	x(1047, NOT_STABLE, EPERM, "only a STABLE level goes into production", \
	  "declare it: setfattr -n user.csmfs.state -v STABLE LEVEL") \
	x(1048, NOT_TESTED_HERE, EPERM, "a level goes into production by way of the system's test link", \
	  "ln -sfn ../../LEVEL test; mv -T test production") \
	x(1049, LINK_BAD, EINVAL, "a system's link points to a level as ../../LEVEL", "ln -sfn ../../LEVEL test") \
	x(1050, SYSTEM_EXISTS, EEXIST, "a system of that name exists (names differ by more than case)", \
	  "choose another name") \
	x(1051, PRODUCTION_STAYS, EPERM, "what a system runs is replaced, not removed", \
	  "mv -T test production, or remove the system: rmdir systems/NAME") \
	x(1052, FIXED_ENTRY, EPERM, "this part of the layout is csmfs's own", \
	  "a level goes with rmdir LEVEL, a package with rm -r LEVEL/PACKAGE; see csmfs(8)") \
	x(1053, CROSSES_LEVELS, EXDEV, "a link or a rename stays inside one level and window", "copy instead") \
	x(1054, RELEASE_EXISTS, EEXIST, "the release is in the store already", "choose another release") \
	x(1055, RELEASE_BAD, EINVAL, "a release is three digits, as 720", "choose another release") \
	x(1056, RELEASE_UNKNOWN, ENOENT, "the release is not in the store", "mkfs.csmfs --release VRM STORE adds it") \
	x(1057, RELEASE_NEEDED, EINVAL, "the store holds several releases", "name one: -o release=VRM") \
	x(1058, STORE_MISSING, ENOENT, "there is no csmfs store", "make one: mkfs.csmfs STORE") \
	x(1059, STORE_BUSY, EBUSY, "another process has the store open", \
	  "unmount it, or end that process: fuser -v STORE/lock names it") \
	x(1060, STORE_NEWER, EPROTO, "the store was written by a newer csmfs", "install that version") \
	x(1061, STORE_DAMAGED, EUCLEAN, "the store is damaged", "run fsck.csmfs STORE") \
	x(1062, ROW_CORRUPT, EIO, "a row of the store does not decode", "run fsck.csmfs STORE") \
	x(1063, CHUNK_CORRUPT, EIO, "a chunk does not match its digest", "run fsck.csmfs STORE") \
	x(1064, CHUNK_MISSING, EIO, "a chunk is not in the store", "run fsck.csmfs STORE") \
	x(1065, STALE, ESTALE, "the file is gone", "look it up again") \
	x(1066, BASE_UNLOCKED, EPERM, "nothing is packaged against a BASE that is still being written", \
	  "lock BASE first: setfattr -n user.csmfs.lock -v on BASE") \
	x(1067, LEVEL_NAME_FIXED, EPERM, "a level keeps its name", "make a new level based on it") \
	x(1068, LEVEL_IN_PACKAGE, EBUSY, "a package of another level was built against it", \
	  "drop that package first: rm -r OTHER/PACKAGE.from.LEVEL") \
	x(1069, OVERLAY_MARK, EPERM, "device 0,0 and overlay attributes are marks in DELTA, never content", \
	  "delete in BUILD itself, or set the mark in DELTA") \
	x(1070, BASE_LOCKED, EROFS, "BASE is locked for ever", "make a level based on it: mkdir LEVEL") \
	x(1071, STABLE_LOCKED, EROFS, "a STABLE level is locked for ever", "make a new level based on it") \
	x(1072, STABLE_KEPT, EBUSY, "a STABLE level is locked for ever and never deleted", \
	  "leave it: it costs no more than what it changed") \
	x(1073, PACKAGE_AGAINST, EINVAL, "a package holds what a level has against another level", \
	  "mkdir LEVEL/PACKAGE is against BASE, LEVEL/PACKAGE.from.OTHER against OTHER") \
	x(1074, BACKUP_EXISTS, EEXIST, "a backup of that name exists (names differ by more than case)", \
	  "choose another name, or drop it: rmdir .csmfs/backups/NAME") \
	x(1075, BACKUP_BUSY, EBUSY, "another process has the backup open", "end that process first") \
	x(1080, UNSTORED_NEWER, EPROTO, "another version of csmfs left written bytes in a form unknown here", \
	  "go on with that version; to unmount gives up what was not stored yet") \
	x(1081, UNSTORED_DAMAGED, EUCLEAN, "the memory of bytes that were written and not stored is damaged", \
	  "unmount and mount anew; what was not stored yet is lost") \
	x(1090, SCRUB_RUNNING, EBUSY, "a scrub is running", \
	  "let it end, or stop it first: setfattr -n user.csmfs.scrub -v stop MOUNT") \
	x(1091, SCRUB_NONE, EINVAL, "there is no scrub to go on with", \
	  "start one: setfattr -n user.csmfs.scrub -v start MOUNT") \
	x(1092, SCRUB_FOUND, EIO, "the scrub found damage", "unmount and run fsck.csmfs -y STORE")

enum csm_code {
#define CSM_ENUM(number, name, err, rule, way) CSM_##name = (number),
	CSM_ERRORS(CSM_ENUM)
#undef CSM_ENUM
};

/* The positive errno the kernel is told for a negative code; 0 for 0. */
int error_errno(int code);

/* The rule in words (strerror() for a plain errno). Static storage, never NULL. */
const char *error_text(int code);

/* The way out, or "" for a plain errno. Static storage, never NULL. */
const char *error_way_out(int code);

/* The code's name as in the table ("LEVEL_LOCKED"), or "" for a plain errno. */
const char *error_name(int code);

#endif
