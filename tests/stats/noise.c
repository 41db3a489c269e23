// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "noise.h"

static int complain(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	return -1;
}

static void read_names(struct recording *recording, char *line)
{
	char *rest = line;

	for (char *word; recording->series < MAX_SERIES && (word = strtok_r(rest, " \n", &rest));)
		snprintf(recording->names[recording->series++], sizeof(recording->names[0]), "%s", word);
}

static int read_row(struct recording *recording, char *line)
{
	char *rest = line, *end;

	if (recording->blocks == MAX_RECORDED)
		return -1;
	for (size_t i = 0; i < recording->series; i++, rest = end) {
		recording->ratios[i][recording->blocks] = strtod(rest, &end);
		if (end == rest || !isfinite(recording->ratios[i][recording->blocks]))
			return -1;
	}
	recording->blocks++;
	return 0;
}

int recording__read(struct recording *recording, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024];
	int bad = 0;

	if (!file)
		return complain(path, "cannot be read; run this where the tree is, by make check-stats");
	while (!bad && fgets(line, sizeof(line), file)) {
		if (*line == '#')
			continue;
		if (!recording->series)
			read_names(recording, line);
		else
			bad = read_row(recording, line);
	}
	fclose(file);
	return bad || recording->blocks < MAX_BLOCKS ? complain(path, "not rows of numbers, or too few") : 0;
}

double noise__normal(struct random *random)
{
	/* Box and Muller. 1 - u is never 0. */
	double radius = sqrt(-2 * log(1 - random__unit(random)));

	return radius * cos(2 * M_PI * random__unit(random));
}

/* A machine that runs trials one after the other. */
struct machine {
	const struct noise *noise;
	size_t trials;
	bool slow;
};

static double trial(struct machine *machine, struct random *random)
{
	const struct noise *noise = machine->noise;
	double log_figure = noise->spread * noise__normal(random);

	if (random__below(random, 30) == 0)
		machine->slow = !machine->slow;
	if (random__below(random, 50) == 0)
		log_figure -= noise->spike * log(1 - random__unit(random));
	log_figure += noise->drift * (double)machine->trials++;
	return machine->slow ? log_figure + noise->slower : log_figure;
}

void noise__differences(const struct noise *noise, struct random *random, double *differences, size_t blocks)
{
	struct machine machine = {.noise = noise, .slow = random__below(random, 2)};
	uint64_t seed = random__next(random), at = 0;
	size_t order[2];

	/* Blocks that followed each other when they were recorded do so here: what they have in common stays. */
	if (noise->recorded)
		at = random__below(random, noise->recorded_blocks);
	for (size_t i = 0; i < blocks; i++) {
		double first = 0, second;

		if (noise->recorded) {
			second = noise->recorded[(at + i) % noise->recorded_blocks];
		} else {
			first = trial(&machine, random);
			second = trial(&machine, random) + noise->place;
		}
		order__balanced(seed, i, order, 2);
		differences[i] = order[0] == 0 ? second - first : first - second;
	}
}
