/*
 * The words of a servmgr command: each line of the input is one word. A refusal is one line and
 * names the word; a request that was understood is written as a command and understood again.
 */
#include "tools/servmgr_arguments.h"

#include <errno.h>
#include <strings.h>

#include "tests/fuzz/fuzz.h"

#define WORDS_MAX 32

/* The lines of text as argv, "servmgr" first. */
static int words_of(char *text, char *argv[WORDS_MAX + 2])
{
	static char program[] = "servmgr";
	int argc = 0;

	argv[argc++] = program;
	while (text && argc <= WORDS_MAX)
		argv[argc++] = strsep(&text, "\n");
	argv[argc] = NULL;
	return argc;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_same(const struct request *a, const struct request *b)
{
	MUST(a->action == b->action && a->dry_run == b->dry_run && a->json == b->json &&
	     a->verbose == b->verbose);
	MUST(same_text(a->mount, b->mount) && same_text(a->store, b->store));
	MUST(same_text(a->release, b->release) && same_text(a->level, b->level) &&
	     same_text(a->system, b->system));
	MUST(same_text(a->basedon, b->basedon) && same_text(a->against, b->against) &&
	     same_text(a->lock, b->lock) && same_text(a->state, b->state));
	MUST(same_text(a->esm, b->esm) && same_text(a->host, b->host) && same_text(a->port, b->port) &&
	     same_text(a->commtype, b->commtype) && same_text(a->secure, b->secure));
	MUST(same_text(a->send, b->send) && same_text(a->description, b->description));
}

/* Options first, operands behind "--": what was taken apart says the same in that order. */
static void parse_words(const struct request *request)
{
	static char store[] = "--store", mount[] = "--mount", json[] = "--json", dry[] = "-n",
		    verbose[] = "-v", end[] = "--", program[] = "servmgr";
	char *argv[WORDS_MAX * 4 + 16], *message = NULL;
	struct request again;
	int argc = 0;

	argv[argc++] = program;
	if (request->store) {
		argv[argc++] = store;
		argv[argc++] = (char *)request->store;
	}
	if (request->mount) {
		argv[argc++] = mount;
		argv[argc++] = (char *)request->mount;
	}
	if (request->json)
		argv[argc++] = json;
	if (request->dry_run)
		argv[argc++] = dry;
	if (request->verbose)
		argv[argc++] = verbose;
	argv[argc++] = end;
	for (size_t i = 0; i < request->count && argc < WORDS_MAX * 4; i++)
		argv[argc++] = request->words[i];
	argv[argc] = NULL;
	MUST(request_parse(argc, argv, &again, &message) == 0);
	check_same(request, &again);
	request_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of_input(data, size), *argv[WORDS_MAX + 2], *message = NULL;
	struct request request;
	int argc = words_of(text, argv);
	int code = request_parse(argc, argv, &request, &message);

	MUST(code == 0 || code == -EINVAL);
	MUST((code == 0) == (message == NULL));
	if (code == 0 && request.action > ACTION_VERSION && !request.description &&
	    request.count < WORDS_MAX * 2)
		parse_words(&request);
	free(message);
	request_release(&request);
	free(text);
	return 0;
}
