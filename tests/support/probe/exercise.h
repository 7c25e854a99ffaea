/*
 * What the random exercisers share: chance from a seed, and the last operations, which are
 * told when something is wrong, so that it can be understood and done again.
 */
#ifndef TESTS_SUPPORT_PROBE_EXERCISE_H
#define TESTS_SUPPORT_PROBE_EXERCISE_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXERCISE_LINES = 40, EXERCISE_LINE_SIZE = 512 };

static uint64_t random_state;	/* the seed, at first */
static unsigned long operation; /* the number of the one under way */
static char operation_lines[EXERCISE_LINES][EXERCISE_LINE_SIZE];

static inline uint64_t roll(uint64_t sides)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % sides;
}

static inline uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Tells what the operation is. */
__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...)
{
	char *line = operation_lines[operation % EXERCISE_LINES];
	va_list list;
	int size = snprintf(line, EXERCISE_LINE_SIZE, "%6lu ", operation);

	va_start(list, format);
	vsnprintf(line + size, EXERCISE_LINE_SIZE - (size_t)size, format, list);
	va_end(list);
}

/* Ends the program with 1. */
__attribute__((format(printf, 1, 2), noreturn)) static inline void wrong(const char *format, ...)
{
	unsigned long first = operation >= EXERCISE_LINES ? operation - EXERCISE_LINES + 1 : 0;
	va_list list;

	for (unsigned long i = first; i <= operation; i++)
		fprintf(stderr, "%s\n", operation_lines[i % EXERCISE_LINES]);
	va_start(list, format);
	fprintf(stderr, "wrong: ");
	vfprintf(stderr, format, list);
	fprintf(stderr, "\n");
	va_end(list);
	exit(1);
}

#endif
