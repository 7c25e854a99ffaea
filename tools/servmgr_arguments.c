/*
 * Finds the verb and its operands.
 *
 * Everything is in two tables: verbs (which names they want) and clauses (which keyword
 * fills which field, and for which verbs). getopt_long() hands out our own options and
 * the operands in order, so that 'desc' can end the options: its text may hold anything.
 */
#include "tools/servmgr_arguments.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The names a verb takes before its clauses, in this order. */
enum operand {
	WANTS_RELEASE = 1,
	WANTS_SYSTEM = 2,
	WANTS_LEVEL = 4,
	WANTS_SYSTEM_LAST = 8, /* send: level, then system */
	WANTS_LOCK = 16,
	WANTS_STATE = 32,
	WANTS_BACKUP = 64,
	OPTIONAL = 128, /* names may be missing from the end */
};

struct verb {
	const char *noun, *verb;
	enum action action;
	unsigned operands;
	const char *usage;
};

static const struct verb verbs[] = {
	{ "initialize", NULL, ACTION_INITIALIZE, WANTS_RELEASE, "initialize VRM [--store STORE]" },
	{ "srvlvl", "add", ACTION_LEVEL_ADD, WANTS_RELEASE | WANTS_LEVEL,
	  "srvlvl add VRM LEVEL [basedon LEVEL] [nonesm | esm NAME] [desc TEXT...]" },
	{ "srvlvl", "delete", ACTION_LEVEL_DELETE, WANTS_RELEASE | WANTS_LEVEL,
	  "srvlvl delete VRM LEVEL" },
	{ "srvlvl", "package", ACTION_LEVEL_PACKAGE, WANTS_RELEASE | WANTS_LEVEL,
	  "srvlvl package VRM LEVEL [against LEVEL]" },
	{ "srvlvl", "setlock", ACTION_LEVEL_SETLOCK, WANTS_RELEASE | WANTS_LEVEL | WANTS_LOCK,
	  "srvlvl setlock VRM LEVEL on|off" },
	{ "srvlvl", "setstate", ACTION_LEVEL_SETSTATE, WANTS_RELEASE | WANTS_LEVEL | WANTS_STATE,
	  "srvlvl setstate VRM LEVEL stable" },
	{ "srvlvl", "send", ACTION_LEVEL_SEND, WANTS_RELEASE | WANTS_LEVEL | WANTS_SYSTEM_LAST,
	  "srvlvl send VRM LEVEL SYSTEM [(test | (stable]" },
	{ "srvlvl", "query", ACTION_LEVEL_QUERY, WANTS_RELEASE | WANTS_LEVEL | OPTIONAL,
	  "srvlvl query [VRM] [LEVEL]" },
	{ "system", "add", ACTION_SYSTEM_ADD, WANTS_RELEASE | WANTS_SYSTEM | WANTS_LEVEL,
	  "system add VRM SYSTEM LEVEL nonesm | esm NAME hostname HOST\n"
	  "              [commtype ssh|nfs|dir|ftp] [(port PORT norequire|require)] [desc TEXT...]" },
	{ "system", "delete", ACTION_SYSTEM_DELETE, WANTS_RELEASE | WANTS_SYSTEM,
	  "system delete VRM SYSTEM" },
	{ "system", "modify", ACTION_SYSTEM_MODIFY, WANTS_RELEASE | WANTS_SYSTEM,
	  "system modify VRM SYSTEM [hostname HOST] [port PORT] [commtype TYPE]\n"
	  "              [require | norequire] [nonesm | esm NAME] [desc TEXT...]" },
	{ "system", "test", ACTION_SYSTEM_TEST, WANTS_RELEASE | WANTS_SYSTEM | WANTS_LEVEL,
	  "system test VRM SYSTEM LEVEL" },
	{ "system", "put2prod", ACTION_SYSTEM_PUT2PROD, WANTS_RELEASE | WANTS_SYSTEM,
	  "system put2prod VRM SYSTEM" },
	{ "system", "rollback", ACTION_SYSTEM_ROLLBACK, WANTS_RELEASE | WANTS_SYSTEM,
	  "system rollback VRM SYSTEM" },
	{ "system", "query", ACTION_SYSTEM_QUERY, WANTS_RELEASE | WANTS_SYSTEM | OPTIONAL,
	  "system query [VRM] [SYSTEM]" },
	{ "backup", "add", ACTION_BACKUP_ADD, WANTS_BACKUP, "backup add BACKUP" },
	{ "backup", "delete", ACTION_BACKUP_DELETE, WANTS_BACKUP, "backup delete BACKUP" },
	{ "backup", "query", ACTION_BACKUP_QUERY, WANTS_BACKUP | OPTIONAL, "backup query [BACKUP]" },
	{ "scrub", "start", ACTION_SCRUB_START, 0, "scrub start [rate BYTES]" },
	{ "scrub", "stop", ACTION_SCRUB_STOP, 0, "scrub stop" },
	{ "scrub", "resume", ACTION_SCRUB_RESUME, 0, "scrub resume [rate BYTES]" },
	{ "scrub", "query", ACTION_SCRUB_QUERY, 0, "scrub query" },
	{ "scrub", "findings", ACTION_SCRUB_FINDINGS, 0, "scrub findings" },
};

/* z/VM's verbs that need no command here, and what does it instead. */
static const struct {
	const char *noun, *verb, *instead;
} elsewhere[] = {
	{ "srvlvl", "service", "apply service in LEVEL/BUILD: cp, rsync, tar, a package manager" },
	{ "srvlvl", "localmod",
	  "put the modified part into LEVEL/DELTA or LEVEL/BUILD with cp or an editor" },
	{ "srvlvl", "vmfsetup", "LEVEL/BUILD is that view: cd or chroot into it" },
	{ "system", "servcheck", "csmagent on the managed system compares it with its level" },
	{ "managed", NULL, "csmagent on the managed system does that" },
};

#define ACTION_BIT(action) (1u << (action))
#define ON_SYSTEM	   (ACTION_BIT(ACTION_SYSTEM_ADD) | ACTION_BIT(ACTION_SYSTEM_MODIFY))
#define ON_LEVEL_ADD	   ACTION_BIT(ACTION_LEVEL_ADD)
#define DESCRIBED	   (ON_LEVEL_ADD | ON_SYSTEM) /* 'desc TEXT...' */

enum clause_case { AS_TYPED, LOWER, UPPER };

static const struct clause {
	const char *keyword;
	const char *value; /* what the keyword alone means; NULL: the next word */
	size_t field;
	enum clause_case fold;
	unsigned actions;
} clauses[] = {
#define FIELD(name) offsetof(struct request, name)
	{ "basedon", NULL, FIELD(basedon), AS_TYPED, ON_LEVEL_ADD },
	{ "against", NULL, FIELD(against), AS_TYPED, ACTION_BIT(ACTION_LEVEL_PACKAGE) },
	{ "nonesm", "NONESM", FIELD(esm), AS_TYPED, ON_LEVEL_ADD | ON_SYSTEM },
	{ "esm", NULL, FIELD(esm), UPPER, ON_LEVEL_ADD | ON_SYSTEM },
	{ "hostname", NULL, FIELD(host), AS_TYPED, ON_SYSTEM },
	{ "commtype", NULL, FIELD(commtype), LOWER, ON_SYSTEM },
	{ "port", NULL, FIELD(port), AS_TYPED, ON_SYSTEM },
	{ "require", "require", FIELD(secure), AS_TYPED, ON_SYSTEM },
	{ "norequire", "norequire", FIELD(secure), AS_TYPED, ON_SYSTEM },
	{ "rate", NULL, FIELD(rate), UPPER,
	  ACTION_BIT(ACTION_SCRUB_START) | ACTION_BIT(ACTION_SCRUB_RESUME) },
	{ "test", "test", FIELD(send), AS_TYPED, ACTION_BIT(ACTION_LEVEL_SEND) },
	{ "stable", "stable", FIELD(send), AS_TYPED, ACTION_BIT(ACTION_LEVEL_SEND) },
#undef FIELD
};

static int usage_error(char **ret_message, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int usage_error(char **ret_message, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vasprintf(ret_message, format, arguments);
	va_end(arguments);
	if (size < 0) {
		*ret_message = NULL;
		return -ENOMEM;
	}
	return -EINVAL;
}

/* ---- words ---- */

static int add_word(struct request *request, const char *word, size_t size)
{
	char **words = reallocarray(request->words, request->count + 1, sizeof(*words));

	if (!words)
		return -ENOMEM;
	request->words = words;
	words[request->count] = strndup(word, size);
	if (!words[request->count])
		return -ENOMEM;
	request->count++;
	return 0;
}

/*
 * One operand. From an opening parenthesis on blanks separate words, and parentheses
 * are no part of them.
 */
static int add_operand(struct request *request, const char *word, bool *in_options)
{
	if (word[0] == '(')
		*in_options = true;
	if (!*in_options)
		return add_word(request, word, strlen(word));
	for (;;) {
		size_t size;
		int code;

		word += strspn(word, " \t()");
		if (!*word)
			return 0;
		size = strcspn(word, " \t()");
		code = add_word(request, word, size);
		if (code)
			return code;
		word += size;
	}
}

/* Everything behind 'desc' is one text. */
static int add_text(struct request *request, char **argv, int first, int argc)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	for (int i = first; i < argc; i++)
		fprintf(out, "%s%s", i > first ? " " : "", argv[i]);
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	request->description = text;
	return 0;
}

static bool says(const struct request *request, size_t at, const char *word)
{
	return at < request->count && strcasecmp(request->words[at], word) == 0;
}

static const struct verb *find_verb(const struct request *request)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (says(request, 0, verbs[i].noun) &&
		    (!verbs[i].verb || says(request, 1, verbs[i].verb)))
			return &verbs[i];
	}
	return NULL;
}

static const struct clause *find_clause(enum action action, const char *word)
{
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if ((clauses[i].actions & ACTION_BIT(action)) &&
		    strcasecmp(clauses[i].keyword, word) == 0)
			return &clauses[i];
	return NULL;
}

/* Is this word the keyword 'desc'? Not where a name is expected, nor as a clause's value. */
static bool starts_text(const struct request *request, const char *word)
{
	const struct verb *verb = find_verb(request);
	const struct clause *before;
	size_t names = 2;

	if (!verb || strcasecmp(word, "desc") != 0 || !(DESCRIBED & ACTION_BIT(verb->action)))
		return false;
	for (unsigned operand = WANTS_RELEASE; operand < OPTIONAL; operand <<= 1)
		if (verb->operands & operand)
			names++;
	if (request->count < names)
		return false;
	before = find_clause(verb->action, request->words[request->count - 1]);
	return request->count == names || !before || before->value;
}

/* ---- our own options ---- */

enum { OPTION_MOUNT = 256, OPTION_STORE, OPTION_JSON, OPTION_DRY_RUN, OPTION_VERSION };

static const struct option long_options[] = {
	{ "mount", required_argument, NULL, OPTION_MOUNT },
	{ "store", required_argument, NULL, OPTION_STORE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int take_option(struct request *request, int option, char **argv, char **ret_message)
{
	switch (option) {
	case OPTION_MOUNT:
		request->mount = optarg;
		return 0;
	case OPTION_STORE:
		request->store = optarg;
		return 0;
	case OPTION_JSON:
		request->json = true;
		return 0;
	case OPTION_DRY_RUN:
	case 'n':
		request->dry_run = true;
		return 0;
	case 'v':
		request->verbose = true;
		return 0;
	case 'h':
		request->action = ACTION_HELP;
		return 0;
	case OPTION_VERSION:
		request->action = ACTION_VERSION;
		return 0;
	case ':':
		return usage_error(ret_message, "%s needs a value", argv[optind - 1]);
	default:
		/* A letter may be one of several in its word, and optind then still at that word. */
		if (optopt > 0 && optopt < OPTION_MOUNT)
			return usage_error(ret_message, "there is no option -%c", optopt);
		return usage_error(ret_message, "there is no option %s", argv[optind - 1]);
	}
}

static int read_words(int argc, char **argv, struct request *request, char **ret_message)
{
	bool in_options = false;
	int option, code = 0;

	/* 0 makes glibc start afresh: tests parse many lines in one process. */
	optind = 0;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, "-:nvh", long_options, NULL)) != -1) {
		if (option != 1)
			code = take_option(request, option, argv, ret_message);
		else if (starts_text(request, optarg))
			return add_text(request, argv, optind, argc);
		else
			code = add_operand(request, optarg, &in_options);
	}
	for (; !code && optind < argc; optind++) /* behind -- */
		code = add_operand(request, argv[optind], &in_options);
	return code;
}

/* ---- verbs ---- */

static int no_verb(const struct request *request, char **ret_message)
{
	const char *noun = request->count > 0 ? request->words[0] : "";
	const char *verb = request->count > 1 ? request->words[1] : "";

	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		if (says(request, 0, elsewhere[i].noun) &&
		    (!elsewhere[i].verb || says(request, 1, elsewhere[i].verb)))
			return usage_error(ret_message, "%s %s is no command here: %s", noun, verb,
					   elsewhere[i].instead);
	}
	if (request->count == 0)
		return usage_error(ret_message, "say what to do, as: srvlvl query; servmgr --help lists the commands");
	return usage_error(ret_message, "there is no command '%s%s%s'; servmgr --help lists them", noun,
			   *verb ? " " : "", verb);
}

static bool is_release(const char *word)
{
	return strlen(word) == 3 && strspn(word, "0123456789") == 3;
}

static int take_lock(struct request *request, const char *word, char **ret_message)
{
	if (strcasecmp(word, "on") == 0)
		request->lock = "on";
	else if (strcasecmp(word, "off") == 0)
		request->lock = "off";
	else
		return usage_error(ret_message, "a lock is on or off, not '%s'", word);
	return 0;
}

static void fold(char *word, enum clause_case how)
{
	for (; *word && how != AS_TYPED; word++)
		*word = (char)(how == UPPER ? toupper((unsigned char)*word)
					    : tolower((unsigned char)*word));
}

static int take_name(struct request *request, enum operand operand, char *word, char **ret_message)
{
	switch (operand) {
	case WANTS_RELEASE:
		if (!is_release(word))
			return usage_error(ret_message,
					   "a release is three digits, as 720, not '%s'", word);
		request->release = word;
		return 0;
	case WANTS_SYSTEM:
	case WANTS_SYSTEM_LAST:
		request->system = word;
		return 0;
	case WANTS_BACKUP:
		request->backup = word;
		return 0;
	case WANTS_LOCK:
		return take_lock(request, word, ret_message);
	case WANTS_STATE:
		fold(word, UPPER);
		request->state = word;
		return 0;
	default:
		request->level = word;
		return 0;
	}
}

/* A query may leave the release out and name a level at once. */
static bool leaves_out(const struct request *request, const struct verb *verb, enum operand operand,
		       size_t at)
{
	if (!(verb->operands & OPTIONAL))
		return false;
	if (at == request->count)
		return true;
	return operand == WANTS_RELEASE && at + 1 == request->count &&
	       !is_release(request->words[at]);
}

static int take_names(struct request *request, const struct verb *verb, size_t *at,
		      char **ret_message)
{
	int code = 0;

	for (unsigned operand = WANTS_RELEASE; operand < OPTIONAL && !code; operand <<= 1) {
		if (!(verb->operands & operand) ||
		    leaves_out(request, verb, (enum operand)operand, *at))
			continue;
		if (*at == request->count)
			return usage_error(ret_message, "something is missing: %s", verb->usage);
		code = take_name(request, (enum operand)operand, request->words[(*at)++],
				 ret_message);
	}
	return code;
}

static int take_clauses(struct request *request, const struct verb *verb, size_t at,
			char **ret_message)
{
	while (at < request->count) {
		const char *word = request->words[at++];
		const struct clause *clause = find_clause(verb->action, word);
		const char **field;

		if (!clause && verb->action == ACTION_SYSTEM_MODIFY &&
		    strcasecmp(word, "srvlvl") == 0)
			return usage_error(
				ret_message,
				"a system's level is not modified: system test, then put2prod");
		if (!clause)
			return usage_error(ret_message, "'%s' is not understood: %s", word,
					   verb->usage);
		field = (const char **)((char *)request + clause->field);
		if (*field)
			return usage_error(ret_message, "'%s': that was said already", word);
		if (!clause->value && at == request->count)
			return usage_error(ret_message, "'%s' needs a value", word);
		if (!clause->value)
			fold(request->words[at], clause->fold);
		*field = clause->value ? clause->value : request->words[at++];
	}
	return 0;
}

static int check_complete(const struct request *request, char **ret_message)
{
	bool any = request->host || request->port || request->commtype || request->secure ||
		   request->esm || request->description;

	if (request->action == ACTION_SYSTEM_ADD && !request->esm)
		return usage_error(ret_message, "system add needs nonesm or esm NAME");
	if (request->action == ACTION_SYSTEM_ADD && !request->host)
		return usage_error(ret_message, "system add needs hostname HOST");
	if (request->action == ACTION_SYSTEM_MODIFY && !any)
		return usage_error(ret_message, "system modify: nothing to modify was named");
	return 0;
}

int request_parse(int argc, char **argv, struct request *ret_request, char **ret_message)
{
	const struct verb *verb;
	size_t at;
	int code;

	*ret_request = (struct request){ .action = ACTION_NONE };
	*ret_message = NULL;
	code = read_words(argc, argv, ret_request, ret_message);
	if (code || ret_request->action != ACTION_NONE)
		return code;
	verb = find_verb(ret_request);
	if (!verb)
		return no_verb(ret_request, ret_message);
	ret_request->action = verb->action;
	at = verb->verb ? 2 : 1;
	code = take_names(ret_request, verb, &at, ret_message);
	if (!code)
		code = take_clauses(ret_request, verb, at, ret_message);
	return code ? code : check_complete(ret_request, ret_message);
}

void request_release(struct request *request)
{
	for (size_t i = 0; i < request->count; i++)
		free(request->words[i]);
	free(request->words);
	free(request->description);
	*request = (struct request){ .action = ACTION_NONE };
}

void request_print_usage(FILE *output)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(output, "  servmgr %s\n", verbs[i].usage);
}
