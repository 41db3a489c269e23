/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbols.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct mapping {
	uint64_t start, end;
	const char *file;
	bool code; /* can be executed */
};

/* A function that stands in a table: sorted by address. */
struct entry {
	uint64_t start, size; /* size 0: up to the next one */
	char *name;
};

struct table {
	struct entry *entries;
	size_t count, room;
};

struct image {
	pid_t pid;
	Dwfl *dwfl;
	char *text; /* the maps, cut into pieces */
	struct mapping *mappings;
	size_t count, room;
	struct table written; /* perf-PID.map */
};

struct symbols {
	const struct spaces *spaces;
	struct table kernel;
	bool kernel_read;
	struct image *images;
	size_t count, room;
};

static bool grow(void **list, size_t *room, size_t count, size_t size)
{
	void *grown;

	if (count < *room)
		return true;
	grown = realloc(*list, (*room ? 2 * *room : 64) * size);
	if (!grown)
		return false;
	*list = grown;
	*room = *room ? 2 * *room : 64;
	return true;
}

static void add_entry(struct table *table, uint64_t start, uint64_t size, const char *name)
{
	if (!grow((void **)&table->entries, &table->room, table->count, sizeof(*table->entries)))
		return;
	table->entries[table->count] = (struct entry){start, size, strdup(name)};
	table->count += table->entries[table->count].name != NULL;
}

static int by_start(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static void sort_table(struct table *table)
{
	if (table->count)
		qsort(table->entries, table->count, sizeof(*table->entries), by_start);
}

static const struct entry *find_entry(const struct table *table, uint64_t address)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table->entries[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low ||
	    (table->entries[low - 1].size && address - table->entries[low - 1].start >= table->entries[low - 1].size))
		return NULL;
	return &table->entries[low - 1];
}

static void free_table(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->entries[i].name);
	free(table->entries);
}

static void set_unknown(struct symbol *symbol)
{
	*symbol = (struct symbol){.name = "[unknown]", .file = ""};
}

static void set_entry(struct symbol *symbol, const struct entry *entry, uint64_t address)
{
	snprintf(symbol->name, sizeof(symbol->name), "%s", entry->name);
	symbol->named = true;
	symbol->offset = address - entry->start;
}

static void read_kernel(struct symbols *symbols)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], name[256], type;
	uint64_t start;

	symbols->kernel_read = true;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %c %255s", &start, &type, name) == 3 && start && strchr("tTwW", type))
			add_entry(&symbols->kernel, start, 0, name);
	if (file)
		fclose(file);
	sort_table(&symbols->kernel);
}

struct symbols *symbols__open(const struct spaces *spaces)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	/* elfutils would ask a server on the network for what a file does not say. */
	unsetenv("DEBUGINFOD_URLS");
	if (symbols)
		symbols->spaces = spaces;
	return symbols;
}

void symbols__of_kernel(struct symbols *symbols, uint64_t address, struct symbol *symbol)
{
	const struct entry *entry;

	if (!symbols->kernel_read)
		read_kernel(symbols);
	set_unknown(symbol);
	entry = find_entry(&symbols->kernel, address);
	if (entry)
		set_entry(symbol, entry, address);
}

/* The very file that was mapped: as the process sees it, or has seen it; -1: another is there now. */
static int open_file(pid_t pid, const char *path, dev_t device, ino_t inode)
{
	char inside[4096 + 32];
	int file;
	struct stat is;

	snprintf(inside, sizeof(inside), "/proc/%d/root%s", pid, path);
	file = open(inside, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* Of some file systems (btrfs, overlayfs) the two numbers of a device differ: the inode has to do there. */
	if (file >= 0 && (fstat(file, &is) || !S_ISREG(is.st_mode) || is.st_ino != inode ||
			  (is.st_dev != device && major(is.st_dev) && major(device)))) {
		close(file);
		file = -1;
	}
	return file;
}

/* The first mapping of a file tells where all of it is. */
static void report_file(struct image *image, const char *path, uint64_t start, dev_t device, ino_t inode)
{
	int file = open_file(image->pid, path, device, inode);

	/* Once it is reported the file is libdwfl's. */
	if (file >= 0 && !dwfl_report_elf(image->dwfl, path, path, file, start, false))
		close(file);
}

static void add_line(struct image *image, char *line)
{
	unsigned int major_number, minor_number;
	uint64_t start, end, offset, inode;
	char *path, allowed[5];
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &start, &end, allowed, &offset,
		   &major_number, &minor_number, &inode, &at) < 7 ||
	    !at || !grow((void **)&image->mappings, &image->room, image->count, sizeof(*image->mappings)))
		return;
	path = line + at;
	if (path[0] == '/' && !offset)
		report_file(image, path, start, makedev(major_number, minor_number), inode);
	if (strrchr(path, '/'))
		path = strrchr(path, '/') + 1;
	image->mappings[image->count++] = (struct mapping){start, end, path, allowed[2] == 'x'};
}

/* NULL: it is not there, or something that one could wait at. */
static FILE *open_plain(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat is;

	if (file >= 0 && !fstat(file, &is) && S_ISREG(is.st_mode))
		return fdopen(file, "r");
	if (file >= 0)
		close(file);
	return NULL;
}

/* What a just-in-time compiler wrote down for perf: "START SIZE name" in hexadecimal. */
static void read_written(struct image *image)
{
	char path[64], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/root/tmp/perf-%d.map", image->pid, image->pid);
	file = open_plain(path);
	if (!file) {
		snprintf(path, sizeof(path), "/tmp/perf-%d.map", image->pid);
		file = open_plain(path);
	}
	while (file && fgets(line, sizeof(line), file)) {
		uint64_t start, size;
		int at = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %n", &start, &size, &at) == 2 && at && size)
			add_entry(&image->written, start, size, line + at);
	}
	if (file)
		fclose(file);
	sort_table(&image->written);
}

static void fill_image(struct image *image, const struct space *space)
{
	static char *debug_path;
	static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
						 .find_debuginfo = dwfl_standard_find_debuginfo,
						 .debuginfo_path = &debug_path};
	char *save = NULL;

	image->dwfl = dwfl_begin(&callbacks);
	image->text = strdup(space->maps);
	if (!image->dwfl || !image->text)
		return;
	dwfl_report_begin(image->dwfl);
	for (char *line = strtok_r(image->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add_line(image, line);
	dwfl_report_end(image->dwfl, NULL, NULL);
	read_written(image);
}

/* NULL: nothing is known of it. */
static struct image *image_of(struct symbols *symbols, pid_t pid)
{
	const struct space *space;

	for (size_t i = symbols->count; i-- > 0;)
		if (symbols->images[i].pid == pid)
			return &symbols->images[i];
	space = spaces__of(symbols->spaces, pid);
	if (!space || !space->maps ||
	    !grow((void **)&symbols->images, &symbols->room, symbols->count, sizeof(*symbols->images)))
		return NULL;
	symbols->images[symbols->count] = (struct image){.pid = pid};
	fill_image(&symbols->images[symbols->count], space);
	return &symbols->images[symbols->count++];
}

static const struct mapping *mapping_at(const struct image *image, uint64_t address)
{
	for (size_t i = 0; i < image->count; i++)
		if (address >= image->mappings[i].start && address < image->mappings[i].end)
			return &image->mappings[i];
	return NULL;
}

void symbols__of_process(struct symbols *symbols, pid_t pid, uint64_t address, struct symbol *symbol)
{
	struct image *image = image_of(symbols, pid);
	const struct entry *entry = image ? find_entry(&image->written, address) : NULL;
	Dwfl_Module *module = image && image->dwfl ? dwfl_addrmodule(image->dwfl, address) : NULL;
	const struct mapping *mapping = image ? mapping_at(image, address) : NULL;
	const char *file = mapping ? mapping->file : NULL, *name = NULL;
	GElf_Off offset = 0;
	GElf_Sym is;

	set_unknown(symbol);
	if (file)
		symbol->file = file;
	if (module)
		name = dwfl_module_addrinfo(module, address, &offset, &is, NULL, NULL, NULL);
	if (entry) {
		set_entry(symbol, entry, address);
	} else if (name) {
		/* Without the version that a library's symbol can have. */
		snprintf(symbol->name, sizeof(symbol->name), "%.*s", (int)strcspn(name, "@"), name);
		symbol->named = true;
		symbol->offset = offset;
	} else if (file && *file) {
		snprintf(symbol->name, sizeof(symbol->name), *file == '[' ? "%.*s" : "[%.*s]", SYMBOL_NAME - 3, file);
	}
}

bool symbols__may_be_code(struct symbols *symbols, pid_t pid, uint64_t address)
{
	const struct image *image = image_of(symbols, pid);
	const struct mapping *mapping = image ? mapping_at(image, address) : NULL;

	return !mapping || !*mapping->file || mapping->code;
}

void symbols__close(struct symbols *symbols)
{
	for (size_t i = 0; symbols && i < symbols->count; i++) {
		dwfl_end(symbols->images[i].dwfl);
		free(symbols->images[i].text);
		free(symbols->images[i].mappings);
		free_table(&symbols->images[i].written);
	}
	if (symbols) {
		free_table(&symbols->kernel);
		free(symbols->images);
	}
	free(symbols);
}
