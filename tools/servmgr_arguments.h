/*
 * The words of a servmgr command as a request. The grammar is z/VM's: a noun, a verb, the
 * release, names, then clauses of keywords in any order, all without regard to case.
 * An option parenthesis "(port 4535 norequire)" may come as one word or as several, and
 * need not be closed. Options of our own (--dry-run) may stand anywhere before 'desc'.
 */
#ifndef TOOLS_SERVMGR_ARGUMENTS_H
#define TOOLS_SERVMGR_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum action {
	ACTION_NONE = 0,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_INITIALIZE,
	ACTION_LEVEL_ADD,
	ACTION_LEVEL_DELETE,
	ACTION_LEVEL_PACKAGE,
	ACTION_LEVEL_SETLOCK,
	ACTION_LEVEL_SETSTATE,
	ACTION_LEVEL_SEND,
	ACTION_LEVEL_QUERY,
	ACTION_SYSTEM_ADD,
	ACTION_SYSTEM_DELETE,
	ACTION_SYSTEM_MODIFY,
	ACTION_SYSTEM_TEST,
	ACTION_SYSTEM_PUT2PROD,
	ACTION_SYSTEM_ROLLBACK,
	ACTION_SYSTEM_QUERY,
	ACTION_BACKUP_ADD,
	ACTION_BACKUP_DELETE,
	ACTION_BACKUP_QUERY,
	ACTION_SCRUB_START,
	ACTION_SCRUB_STOP,
	ACTION_SCRUB_RESUME,
	ACTION_SCRUB_QUERY,
	ACTION_SCRUB_FINDINGS,
};

/* What was not said is NULL. Texts belong to the request, or to argv. */
struct request {
	enum action action;
	bool dry_run, json, verbose;
	const char *mount;   /* --mount */
	const char *store;   /* --store */
	const char *release; /* three digits */
	const char *level;   /* as typed */
	const char *system;  /* as typed */
	const char *backup;  /* as typed */
	const char *basedon, *against;
	const char *lock;  /* "on" or "off" */
	const char *state; /* upper case */
	const char *esm;   /* upper case; NONESM for 'nonesm' */
	const char *host, *port;
	const char *commtype; /* lower case */
	const char *secure;   /* 'require' or 'norequire' */
	const char *send;     /* 'test' or 'stable' */
	const char *rate;     /* as typed */
	char *description;    /* owned */
	char **words;	      /* the operands, owned */
	size_t count;
};

/*
 * 0, -ENOMEM, or -EINVAL when the words are no request; ret_message then gets one line
 * that says why, freed by the caller. request_release() is due in every case.
 */
int request_parse(int argc, char **argv, struct request *ret_request, char **ret_message);
void request_release(struct request *request);

/* The verbs and their operands, one a line, for --help. */
void request_print_usage(FILE *output);

#endif
