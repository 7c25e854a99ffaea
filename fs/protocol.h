/*
 * Names of what the mount shows and takes: the contract between csmfs and every program that
 * works on the mount. Names only, nothing of the store; docs/protocol.md gives their meaning.
 */
#ifndef FS_PROTOCOL_H
#define FS_PROTOCOL_H

#ifndef CSMFS_VERSION
#define CSMFS_VERSION "0.1"
#endif

/* Control attributes: PROTOCOL_PREFIX and a name; never listed. */
#define PROTOCOL_PREFIX      "user.csmfs."
#define PROTOCOL_BASEDON     "basedon"     /* level */
#define PROTOCOL_DESCRIPTION "description" /* level, system */
#define PROTOCOL_LOCK        "lock"        /* level: on, off */
#define PROTOCOL_STATE       "state"       /* level: TEST, STABLE */
#define PROTOCOL_DIGEST      "digest"      /* level, and every file and directory in it; only read */
#define PROTOCOL_ESM         "esm"         /* level, system */
#define PROTOCOL_HOST        "host"        /* system */
#define PROTOCOL_PORT        "port"        /* system */
#define PROTOCOL_COMMTYPE    "commtype"    /* system */
#define PROTOCOL_SECURE      "secure"      /* system */
#define PROTOCOL_SCRUB       "scrub"       /* the root */

/* Names at the root of the mount. */
#define PROTOCOL_BASE        "BASE"
#define PROTOCOL_SYSTEMS     "systems"
#define PROTOCOL_SVCSTAT     "SVCSTAT"
#define PROTOCOL_SYSSTAT     "SYSSTAT"
/* At the root and in every level, reachable and not listed: virtual files, control files. */
#define PROTOCOL_CONTROL     ".csmfs"

/* Names in a level. */
#define PROTOCOL_DELTA       "DELTA"
#define PROTOCOL_BUILD       "BUILD"
#define PROTOCOL_APPLY       "APPLY"
#define PROTOCOL_PACKAGE     "PACKAGE"
#define PROTOCOL_PACKAGE_FROM "PACKAGE.from." /* and the name of the level it is packaged against */
#define PROTOCOL_MANIFEST    "MANIFEST"
#define PROTOCOL_SIGNATURE   "MANIFEST.sig"
#define PROTOCOL_SERVLINK    ".SERVLINK" /* after the name of a component */

/* Names in a system. */
#define PROTOCOL_TEST        "test"
#define PROTOCOL_PRODUCTION  "production"
#define PROTOCOL_PREVIOUS    "previous"
#define PROTOCOL_SYSTEM_LOG  "log"
#define PROTOCOL_LINK_PREFIX "../../" /* a system's link is this and a level's name */

/* Virtual files in PROTOCOL_CONTROL at the root. */
#define PROTOCOL_LOG         "log"
#define PROTOCOL_METRICS     "metrics"
#define PROTOCOL_PROGRESS    "progress"
#define PROTOCOL_VERSION     "version"
#define PROTOCOL_KEY         "key.pub"
/* Also PROTOCOL_SCRUB, which is written as well. */
#define PROTOCOL_SCRUB_FINDINGS "scrub-findings"

/* In PROTOCOL_CONTROL at the root: a directory for each backup of the store. */
#define PROTOCOL_BACKUPS     "backups"

/* The overlay file system's mark of a directory in DELTA that hides what was inherited; value "y". */
#define PROTOCOL_OPAQUE      "trusted.overlay.opaque"
#define PROTOCOL_OPAQUE_USER "user.overlay.opaque"

#endif
