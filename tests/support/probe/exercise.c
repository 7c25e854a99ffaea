/*
 * Chance and the log of the random exercisers.
 */
#include "tests/support/probe/exercise.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINES = 40, LINE_SIZE = 512 };

uint64_t random_state;
unsigned long operation;
static char lines[LINES][LINE_SIZE];

uint64_t roll(uint64_t sides)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % sides;
}

uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void note(const char *format, ...)
{
	char *line = lines[operation % LINES];
	va_list list;
	int size = snprintf(line, LINE_SIZE, "%6lu ", operation);

	va_start(list, format);
	vsnprintf(line + size, LINE_SIZE - (size_t)size, format, list);
	va_end(list);
}

void wrong(const char *format, ...)
{
	unsigned long first = operation >= LINES ? operation - LINES + 1 : 0;
	va_list list;

	for (unsigned long i = first; i <= operation; i++)
		fprintf(stderr, "%s\n", lines[i % LINES]);
	va_start(list, format);
	fprintf(stderr, "wrong: ");
	vfprintf(stderr, format, list);
	fprintf(stderr, "\n");
	va_end(list);
	exit(1);
}
