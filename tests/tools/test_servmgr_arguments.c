/*
 * The words of a servmgr command become a request: z/VM's grammar.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/scope.h"
#include "tools/servmgr_arguments.h"

#define WORDS(...) ((char *[]){ (char[]){ "servmgr" }, __VA_ARGS__, NULL })
#define W(text)	   ((char[]){ text })

static int parse_words(char **words, struct request *ret_request, char **ret_message)
{
	int count = 0;

	while (words[count])
		count++;
	return request_parse(count, words, ret_request, ret_message);
}

static void parse(char **words, struct request *ret_request)
{
	_cleanup_free_ char *message = NULL;
	int code = parse_words(words, ret_request, &message);

	if (code)
		print_error("%s\n", message ? message : "no memory");
	assert_int_equal(code, 0);
	assert_null(message);
}

/* The words must be refused, in one line that has this in it. */
static void assert_usage(char **words, const char *expected)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };
	_cleanup_free_ char *message = NULL;

	assert_int_equal(parse_words(words, &request, &message), -EINVAL);
	assert_non_null(message);
	if (!strstr(message, expected))
		print_error("'%s' is not in: %s\n", expected, message);
	assert_non_null(strstr(message, expected));
}

static void arguments__srvlvl_add_takes_the_words_of_the_manual(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("srvlvl"), W("add"), W("720"), W("vm010802_BLD2"), W("basedon"),
		    W("vm010102_BLD1"), W("nonesm"), W("desc"), W("August"), W("RSU"),
		    W("Install")),
	      &request);
	assert_int_equal(request.action, ACTION_LEVEL_ADD);
	assert_string_equal(request.release, "720");
	assert_string_equal(request.level, "vm010802_BLD2");
	assert_string_equal(request.basedon, "vm010102_BLD1");
	assert_string_equal(request.esm, "NONESM");
	assert_string_equal(request.description, "August RSU Install");
}

static void arguments__a_backup_is_named_without_a_release(void **state)
{
	_cleanup_(request_release) struct request add = { .action = ACTION_NONE };
	_cleanup_(request_release) struct request all = { .action = ACTION_NONE };
	_cleanup_(request_release) struct request one = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("Backup"), W("ADD"), W("720")), &add);
	assert_int_equal(add.action, ACTION_BACKUP_ADD);
	assert_string_equal(add.backup, "720");
	assert_null(add.release);
	parse(WORDS(W("backup"), W("query")), &all);
	assert_int_equal(all.action, ACTION_BACKUP_QUERY);
	assert_null(all.backup);
	parse(WORDS(W("backup"), W("query"), W("Monday")), &one);
	assert_string_equal(one.backup, "Monday");
	assert_usage(WORDS(W("backup"), W("delete")), "backup delete BACKUP");
	assert_usage(WORDS(W("backup"), W("add"), W("A"), W("B")), "'B' is not understood");
}

static void arguments__system_add_takes_the_words_of_the_manual(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("system"), W("add"), W("720"), W("vm01"), W("vm010102_bld1"), W("nonesm"),
		    W("hostname"), W("vm01.Washington.ibm.com"), W("commtype"), W("ftp"),
		    W("(port"), W("4535"), W("norequire)")),
	      &request);
	assert_int_equal(request.action, ACTION_SYSTEM_ADD);
	assert_string_equal(request.system, "vm01");
	assert_string_equal(request.level, "vm010102_bld1");
	assert_string_equal(request.host, "vm01.Washington.ibm.com");
	assert_string_equal(request.commtype, "ftp");
	assert_string_equal(request.port, "4535");
	assert_string_equal(request.secure, "norequire");
}

static void arguments__keywords_are_read_without_regard_to_case(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("SrvLvl"), W("ADD"), W("720"), W("L"), W("BasedOn"), W("base"), W("ESM"),
		    W("racf"), W("DESC"), W("Text")),
	      &request);
	assert_int_equal(request.action, ACTION_LEVEL_ADD);
	assert_string_equal(request.basedon, "base");
	assert_string_equal(request.esm, "RACF");
	assert_string_equal(request.description, "Text");
}

static void assert_parenthesis(char **words)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	parse(words, &request);
	assert_string_equal(request.port, "4535");
	assert_string_equal(request.secure, "require");
}

static void arguments__the_option_parenthesis_may_be_one_word_or_several(void **state)
{
	(void)state;
	assert_parenthesis(
		WORDS(W("system"), W("modify"), W("720"), W("S"), W("(port 4535 require)")));
	assert_parenthesis(WORDS(W("system"), W("modify"), W("720"), W("S"), W("("), W("port"),
				 W("4535"), W("require"), W(")")));
	assert_parenthesis(
		WORDS(W("system"), W("modify"), W("720"), W("S"), W("(port"), W("4535 require")));
}

static void arguments__the_option_parenthesis_need_not_be_closed(void **state)
{
	(void)state;
	assert_parenthesis(
		WORDS(W("system"), W("modify"), W("720"), W("S"), W("(port 4535 require")));
	assert_parenthesis(WORDS(W("system"), W("modify"), W("720"), W("S"), W("(port"), W("4535"),
				 W("require")));
}

static void arguments__desc_takes_everything_behind_it(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("srvlvl"), W("add"), W("720"), W("L"), W("desc"), W("--dry-run"), W("(see"),
		    W("esm)")),
	      &request);
	assert_string_equal(request.description, "--dry-run (see esm)");
	assert_false(request.dry_run);
	assert_null(request.esm);
}

static void arguments__desc_may_follow_the_option_parenthesis(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("system"), W("modify"), W("720"), W("S"), W("(port"), W("22)"), W("desc"),
		    W("the"), W("first")),
	      &request);
	assert_string_equal(request.port, "22");
	assert_string_equal(request.description, "the first");
}

static void arguments__a_level_may_be_called_desc(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("srvlvl"), W("add"), W("720"), W("desc"), W("basedon"), W("desc"), W("desc"),
		    W("x")),
	      &request);
	assert_string_equal(request.level, "desc");
	assert_string_equal(request.basedon, "desc");
	assert_string_equal(request.description, "x");
}

static void arguments__options_may_stand_anywhere(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("--dry-run"), W("srvlvl"), W("--mount"), W("/m"), W("query"), W("--json"),
		    W("720"), W("-v")),
	      &request);
	assert_int_equal(request.action, ACTION_LEVEL_QUERY);
	assert_true(request.dry_run);
	assert_true(request.json);
	assert_true(request.verbose);
	assert_string_equal(request.mount, "/m");
}

static void arguments__a_query_may_leave_out_release_and_name(void **state)
{
	_cleanup_(request_release) struct request all = { .action = ACTION_NONE };
	_cleanup_(request_release) struct request named = { .action = ACTION_NONE };
	_cleanup_(request_release) struct request both = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("srvlvl"), W("query")), &all);
	assert_null(all.release);
	assert_null(all.level);
	parse(WORDS(W("srvlvl"), W("query"), W("L")), &named);
	assert_null(named.release);
	assert_string_equal(named.level, "L");
	parse(WORDS(W("system"), W("query"), W("720"), W("S")), &both);
	assert_string_equal(both.release, "720");
	assert_string_equal(both.system, "S");
}

static void arguments__every_verb_is_known(void **state)
{
	static const struct {
		const char *words[6];
		enum action action;
	} verbs[] = {
		{ { "initialize", "720" }, ACTION_INITIALIZE },
		{ { "srvlvl", "delete", "720", "L" }, ACTION_LEVEL_DELETE },
		{ { "srvlvl", "package", "720", "L" }, ACTION_LEVEL_PACKAGE },
		{ { "srvlvl", "setlock", "720", "L", "ON" }, ACTION_LEVEL_SETLOCK },
		{ { "srvlvl", "setstate", "720", "L", "stable" }, ACTION_LEVEL_SETSTATE },
		{ { "srvlvl", "send", "720", "L", "S", "(stable" }, ACTION_LEVEL_SEND },
		{ { "system", "delete", "720", "S" }, ACTION_SYSTEM_DELETE },
		{ { "system", "test", "720", "S", "L" }, ACTION_SYSTEM_TEST },
		{ { "system", "put2prod", "720", "S" }, ACTION_SYSTEM_PUT2PROD },
		{ { "system", "rollback", "720", "S" }, ACTION_SYSTEM_ROLLBACK },
		{ { "system", "query" }, ACTION_SYSTEM_QUERY },
		{ { "scrub", "start" }, ACTION_SCRUB_START },
		{ { "scrub", "stop" }, ACTION_SCRUB_STOP },
		{ { "scrub", "resume" }, ACTION_SCRUB_RESUME },
		{ { "scrub", "query" }, ACTION_SCRUB_QUERY },
		{ { "scrub", "findings" }, ACTION_SCRUB_FINDINGS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		_cleanup_(request_release) struct request request = { .action = ACTION_NONE };
		char program[] = "servmgr", *words[8] = { program };

		for (size_t word = 0; word < 6; word++)
			words[word + 1] = (char *)(uintptr_t)verbs[i].words[word];
		parse(words, &request);
		assert_int_equal(request.action, verbs[i].action);
	}
}

static void arguments__send_names_the_level_before_the_system(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("srvlvl"), W("send"), W("720"), W("L"), W("S"), W("(stable")), &request);
	assert_string_equal(request.level, "L");
	assert_string_equal(request.system, "S");
	assert_string_equal(request.send, "stable");
}

static void arguments__a_lock_is_on_or_off(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("srvlvl"), W("setlock"), W("720"), W("L"), W("Off")), &request);
	assert_string_equal(request.lock, "off");
	assert_usage(WORDS(W("srvlvl"), W("setlock"), W("720"), W("L"), W("maybe")), "on or off");
	assert_usage(WORDS(W("srvlvl"), W("setlock"), W("720"), W("L")),
		     "setlock VRM LEVEL on|off");
}

static void arguments__a_release_is_three_digits(void **state)
{
	(void)state;
	assert_usage(WORDS(W("srvlvl"), W("delete"), W("L"), W("720")), "three digits");
	assert_usage(WORDS(W("initialize"), W("7200")), "three digits");
}

static void arguments__a_missing_operand_shows_the_usage_of_the_verb(void **state)
{
	(void)state;
	assert_usage(WORDS(W("system"), W("test"), W("720"), W("S")),
		     "system test VRM SYSTEM LEVEL");
}

static void arguments__an_unknown_word_is_named(void **state)
{
	(void)state;
	assert_usage(WORDS(W("srvlvl"), W("delete"), W("720"), W("L"), W("now")), "'now'");
	assert_usage(WORDS(W("frobnicate")), "frobnicate");
	assert_usage(WORDS(W("--frob")), "--frob");
	assert_usage(WORDS(W("-n"), W("-xv"), W("srvlvl")), "no option -x");
	assert_usage(WORDS(W("-nx"), W("srvlvl")), "no option -x");
}

static void arguments__a_clause_of_another_verb_is_refused(void **state)
{
	(void)state;
	assert_usage(WORDS(W("srvlvl"), W("package"), W("720"), W("L"), W("basedon"), W("P")),
		     "'basedon'");
	assert_usage(WORDS(W("srvlvl"), W("add"), W("720"), W("L"), W("hostname"), W("h")),
		     "'hostname'");
}

static void arguments__a_clause_is_said_once_and_has_its_value(void **state)
{
	(void)state;
	assert_usage(WORDS(W("srvlvl"), W("add"), W("720"), W("L"), W("nonesm"), W("esm"), W("X")),
		     "already");
	assert_usage(WORDS(W("srvlvl"), W("add"), W("720"), W("L"), W("basedon")), "needs a value");
}

static void arguments__system_add_needs_esm_and_host(void **state)
{
	(void)state;
	assert_usage(WORDS(W("system"), W("add"), W("720"), W("S"), W("L"), W("hostname"), W("h")),
		     "nonesm");
	assert_usage(WORDS(W("system"), W("add"), W("720"), W("S"), W("L"), W("nonesm")),
		     "hostname");
}

/* behaviour 61 */
static void arguments__system_modify_does_not_take_a_level(void **state)
{
	(void)state;
	assert_usage(WORDS(W("system"), W("modify"), W("720"), W("S"), W("srvlvl"), W("L")),
		     "put2prod");
	assert_usage(WORDS(W("system"), W("modify"), W("720"), W("S")), "nothing to modify");
}

static void arguments__a_verb_that_is_no_command_here_says_what_does_it(void **state)
{
	(void)state;
	assert_usage(WORDS(W("srvlvl"), W("service"), W("720"), W("L"), W("all"), W("rsu")),
		     "LEVEL/BUILD");
	assert_usage(WORDS(W("managed"), W("off")), "csmagent");
}

static void arguments__no_words_are_refused(void **state)
{
	char program[] = "servmgr", *words[] = { program, NULL };

	(void)state;
	assert_usage(words, "say what to do");
}

static void arguments__help_and_version_need_no_command(void **state)
{
	_cleanup_(request_release) struct request help = { .action = ACTION_NONE };
	_cleanup_(request_release) struct request version = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("--help")), &help);
	assert_int_equal(help.action, ACTION_HELP);
	parse(WORDS(W("--version")), &version);
	assert_int_equal(version.action, ACTION_VERSION);
}

static void arguments__a_scrub_takes_a_rate_and_no_release(void **state)
{
	_cleanup_(request_release) struct request request = { .action = ACTION_NONE };

	(void)state;
	parse(WORDS(W("SCRUB"), W("Start"), W("rate"), W("50m")), &request);
	assert_int_equal(request.action, ACTION_SCRUB_START);
	assert_string_equal(request.rate, "50M");
	assert_null(request.release);
	assert_usage(WORDS(W("scrub"), W("stop"), W("rate"), W("1M")), "'rate' is not understood");
	assert_usage(WORDS(W("scrub"), W("start"), W("720")), "'720' is not understood");
	assert_usage(WORDS(W("scrub"), W("start"), W("rate")), "'rate' needs a value");
	assert_usage(WORDS(W("scrub")), "there is no command 'scrub'; servmgr --help lists them");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments__srvlvl_add_takes_the_words_of_the_manual),
		cmocka_unit_test(arguments__a_backup_is_named_without_a_release),
		cmocka_unit_test(arguments__system_add_takes_the_words_of_the_manual),
		cmocka_unit_test(arguments__keywords_are_read_without_regard_to_case),
		cmocka_unit_test(arguments__the_option_parenthesis_may_be_one_word_or_several),
		cmocka_unit_test(arguments__the_option_parenthesis_need_not_be_closed),
		cmocka_unit_test(arguments__desc_takes_everything_behind_it),
		cmocka_unit_test(arguments__desc_may_follow_the_option_parenthesis),
		cmocka_unit_test(arguments__a_level_may_be_called_desc),
		cmocka_unit_test(arguments__options_may_stand_anywhere),
		cmocka_unit_test(arguments__a_query_may_leave_out_release_and_name),
		cmocka_unit_test(arguments__every_verb_is_known),
		cmocka_unit_test(arguments__send_names_the_level_before_the_system),
		cmocka_unit_test(arguments__a_lock_is_on_or_off),
		cmocka_unit_test(arguments__a_release_is_three_digits),
		cmocka_unit_test(arguments__a_missing_operand_shows_the_usage_of_the_verb),
		cmocka_unit_test(arguments__an_unknown_word_is_named),
		cmocka_unit_test(arguments__a_clause_of_another_verb_is_refused),
		cmocka_unit_test(arguments__a_clause_is_said_once_and_has_its_value),
		cmocka_unit_test(arguments__system_add_needs_esm_and_host),
		cmocka_unit_test(arguments__system_modify_does_not_take_a_level),
		cmocka_unit_test(arguments__a_verb_that_is_no_command_here_says_what_does_it),
		cmocka_unit_test(arguments__no_words_are_refused),
		cmocka_unit_test(arguments__help_and_version_need_no_command),
		cmocka_unit_test(arguments__a_scrub_takes_a_rate_and_no_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
