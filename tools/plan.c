/*
 * The list behind servmgr's one promise: it does nothing an ordinary file operation could
 * not do.
 *
 * A step is the words of a shell command plus a function that makes the same system calls
 * from the same words (plan_steps.c). Nothing else is kept, so neither can know more than
 * the other. The dry run joins the steps with && and writes an undo as the || branch of a
 * group, which is what plan_carry_out() does with return codes:
 *
 *	mkdir A && {
 *	setfattr -n user.csmfs.basedon -v B A &&
 *	setfattr -n user.csmfs.esm -v NONESM A ||
 *	{ rmdir A; false; }; }
 */
#include "tools/plan.h"
#include "tools/plan_internal.h"
#include "tools/scope.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

struct step {
	const struct step_kind *kind;
	char *words[STEP_WORDS_MAX + 1]; /* the shell command; NULL-terminated */
	char *shell;			 /* the same, quoted for sh */
	char *path; /* points into words: what the step is about; may be NULL */
	bool undo;  /* a later failure removes the directory this step made */
};

struct plan {
	struct step *steps;
	size_t count;
	char **remarks;
	size_t remark_count;
	bool failed; /* a text found no memory */
};

int plan_new(struct plan **ret_plan)
{
	*ret_plan = calloc(1, sizeof(**ret_plan));
	return *ret_plan ? 0 : -ENOMEM;
}

static void step_release(struct step *step)
{
	for (size_t i = 0; step->words[i]; i++)
		free(step->words[i]);
	free(step->shell);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++)
		step_release(&plan->steps[i]);
	for (size_t i = 0; i < plan->remark_count; i++)
		free(plan->remarks[i]);
	free(plan->steps);
	free(plan->remarks);
	free(plan);
}

bool plan_is_empty(const struct plan *plan)
{
	return plan->count == 0;
}

/* ---- shell text ---- */

static bool needs_quotes(const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_./:=@%+,-";

	return word[0] == '\0' || word[strspn(word, plain)] != '\0';
}

char *shell_quote(const char *word)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (!needs_quotes(word))
		return strdup(word);
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static char *shell_text(char *const *words)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool failed = !out;

	for (size_t i = 0; words[i] && !failed; i++) {
		_cleanup_free_ char *quoted = shell_quote(words[i]);

		failed = !quoted || fprintf(out, "%s%s", i ? " " : "", quoted) < 0;
	}
	if (out && fclose(out))
		failed = true;
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- adding ---- */

/* path: the index of the word that the step is about, or 0 for none (word 0 is the command). */
static void add_step(struct plan *plan, const struct step_kind *kind, const char *const *words,
		     size_t path)
{
	struct step *steps = reallocarray(plan->steps, plan->count + 1, sizeof(*steps));
	struct step *step;
	size_t i;

	if (!steps) {
		plan->failed = true;
		return;
	}
	plan->steps = steps;
	step = &steps[plan->count++];
	*step = (struct step){ .kind = kind };
	for (i = 0; words[i] && i < STEP_WORDS_MAX; i++) {
		step->words[i] = strdup(words[i]);
		if (!step->words[i]) {
			plan->failed = true;
			return;
		}
	}
	step->path = path ? step->words[path] : NULL;
	step->shell = shell_text(step->words);
	if (!step->shell || words[i])
		plan->failed = true;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

void plan_mkdir(struct plan *plan, const char *path)
{
	add_step(plan, &step_mkdir, WORDS("mkdir", path), 1);
}

void plan_rmdir(struct plan *plan, const char *path)
{
	add_step(plan, &step_rmdir, WORDS("rmdir", path), 1);
}

void plan_remove_tree(struct plan *plan, const char *path)
{
	add_step(plan, &step_remove_tree, WORDS("rm", "-rf", path), 2);
}

void plan_link(struct plan *plan, const char *target, const char *path)
{
	add_step(plan, &step_link, WORDS("ln", "-s", target, path), 3);
}

void plan_relink(struct plan *plan, const char *target, const char *path)
{
	add_step(plan, &step_relink, WORDS("ln", "-sfn", target, path), 3);
}

void plan_rename(struct plan *plan, const char *from, const char *to)
{
	add_step(plan, &step_rename, WORDS("mv", "-T", from, to), 3);
}

void plan_set_attribute(struct plan *plan, const char *path, const char *name, const char *value)
{
	/* setfattr would decode such a value; --raw makes it take the bytes. */
	bool raw = strchr(value, '\\') || value[0] == '"' ||
		   (value[0] == '0' && value[1] && strchr("xXsS", value[1]));

	if (raw)
		add_step(plan, &step_set_attribute_raw,
			 WORDS("setfattr", "--raw", "-n", name, "-v", value, path), 6);
	else
		add_step(plan, &step_set_attribute,
			 WORDS("setfattr", "-n", name, "-v", value, path), 5);
}

void plan_program(struct plan *plan, const char *const *arguments)
{
	add_step(plan, &step_program, arguments, 0);
}

void plan_undo_mkdir(struct plan *plan)
{
	for (size_t i = plan->count; i > 0; i--) {
		if (plan->steps[i - 1].kind == &step_mkdir) {
			plan->steps[i - 1].undo = true;
			return;
		}
	}
}

void plan_remark(struct plan *plan, const char *format, ...)
{
	char **remarks = reallocarray(plan->remarks, plan->remark_count + 1, sizeof(*remarks));
	va_list arguments;
	char *text;
	int size;

	if (!remarks) {
		plan->failed = true;
		return;
	}
	plan->remarks = remarks;
	va_start(arguments, format);
	size = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0)
		plan->failed = true;
	else
		plan->remarks[plan->remark_count++] = text;
}

/* ---- carrying out ---- */

static void print_remarks(const struct plan *plan, enum plan_mode mode, FILE *output)
{
	for (size_t i = 0; i < plan->remark_count; i++)
		fprintf(output, "%s%s\n", mode == PLAN_DRY_RUN ? "# " : "", plan->remarks[i]);
}

/* The undo of step i in the shell, after the last step: innermost first. */
static void print_undo(const struct plan *plan, FILE *output)
{
	for (size_t i = plan->count; i > 0; i--) {
		const struct step *step = &plan->steps[i - 1];
		_cleanup_free_ char *quoted = NULL;

		/* With nothing behind it a step has nothing to be undone for. */
		if (!step->undo || i == plan->count)
			continue;
		quoted = shell_quote(step->path);
		fprintf(output, " ||\n{ rmdir %s; false; }; }", quoted ? quoted : "");
	}
}

static void print_steps(const struct plan *plan, FILE *output)
{
	for (size_t i = 0; i < plan->count; i++) {
		bool last = i + 1 == plan->count;

		fputs(plan->steps[i].shell, output);
		if (!last)
			fputs(plan->steps[i].undo ? " && {\n" : " &&\n", output);
	}
	print_undo(plan, output);
	if (plan->count)
		fputc('\n', output);
}

static void undo_before(const struct plan *plan, size_t failed)
{
	for (size_t i = failed; i > 0; i--) {
		const struct step *step = &plan->steps[i - 1];

		if (step->undo && rmdir(step->path))
			fprintf(stderr, "servmgr: rmdir %s: %s\n", step->path, strerror(errno));
	}
}

static int run_steps(const struct plan *plan, enum plan_mode mode, struct plan_failure *ret_failure)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		int code;

		if (mode == PLAN_VERBOSE)
			fprintf(stderr, "%s\n", step->shell);
		code = step->kind->run(step->words);
		if (!code)
			continue;
		if (code > 0) {
			ret_failure->status = code;
			code = -ECHILD;
		}
		ret_failure->shell = step->shell;
		ret_failure->path = step->path;
		undo_before(plan, i);
		return code;
	}
	return 0;
}

int plan_carry_out(struct plan *plan, enum plan_mode mode, FILE *output,
		   struct plan_failure *ret_failure)
{
	int code = 0;

	*ret_failure = (struct plan_failure){ NULL, NULL, 0 };
	if (plan->failed)
		return -ENOMEM;
	print_remarks(plan, mode, output);
	if (mode == PLAN_DRY_RUN)
		print_steps(plan, output);
	else
		code = run_steps(plan, mode, ret_failure);
	if (!code && fflush(output))
		code = -errno;
	return code;
}
