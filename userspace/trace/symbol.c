/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol.h"

#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct range {
	uint64_t low, size; /* as the file has it */
};

static bool in_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name, struct range *found)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 0; data && header->sh_entsize && i < (int)(header->sh_size / header->sh_entsize); i++) {
		const char *its;

		if (!gelf_getsym(data, i, &symbol) || symbol.st_shndx == SHN_UNDEF)
			continue;
		its = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (its && !strcmp(its, name)) {
			*found = (struct range){symbol.st_value, symbol.st_size};
			return true;
		}
	}
	return false;
}

static bool in_elf(Elf *elf, const char *name, const char *section_name, struct range *found)
{
	Elf_Scn *section = NULL;
	size_t names;
	bool by_section = false;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *its;

		if (!gelf_getshdr(section, &header))
			continue;
		if ((header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB) &&
		    in_table(elf, section, &header, name, found))
			return true;
		its = elf_strptr(elf, names, header.sh_name);
		if (its && !strcmp(its, section_name)) {
			*found = (struct range){header.sh_addr, header.sh_size};
			by_section = true;
		}
	}
	return by_section;
}

/* What is added to an address in the file to get the one in memory: @start is where file offset @offset is mapped. */
static bool bias_of(Elf *elf, uint64_t start, uint64_t offset, uint64_t *bias)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD ||
		    (header.p_offset & ~(page - 1)) != offset)
			continue;
		*bias = start - (header.p_vaddr & ~(page - 1));
		return true;
	}
	return false;
}

static bool in_file(pid_t pid, const char *path, uint64_t start, uint64_t offset, const char *name, const char *section,
		    struct range *found)
{
	char file[4096 + 32];
	int descriptor;
	uint64_t bias = 0;
	bool good = false;
	Elf *elf;

	/* As the process sees it: it may have another root. */
	snprintf(file, sizeof(file), "/proc/%d/root%s", pid, path);
	/* What is there now can be anything: no wait at a FIFO. */
	descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0)
		return false;
	elf_version(EV_CURRENT);
	elf = elf_begin(descriptor, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF && in_elf(elf, name, section, found))
		good = bias_of(elf, start, offset, &bias);
	found->low += bias;
	elf_end(elf);
	close(descriptor);
	return good;
}

bool symbol__find(pid_t pid, const char *name, const char *section, uint64_t *low, uint64_t *high)
{
	char maps[32], line[4096 + 128], path[4096], last[4096] = "";
	struct range found = {0, 0};
	bool good = false;
	FILE *file;

	snprintf(maps, sizeof(maps), "/proc/%d/maps", pid);
	file = fopen(maps, "re");
	while (file && !good && fgets(line, sizeof(line), file)) {
		uint64_t start, offset;

		/* The first mapping of each file will do. */
		if (sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64 " %*s %*s %4095[^\n]", &start, &offset, path) != 3 ||
		    path[0] != '/' || !strcmp(path, last))
			continue;
		snprintf(last, sizeof(last), "%s", path);
		good = in_file(pid, path, start, offset, name, section, &found);
	}
	if (file)
		fclose(file);
	*low = found.low;
	*high = found.low + found.size;
	return good && found.size;
}
