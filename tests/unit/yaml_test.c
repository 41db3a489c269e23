/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict YAML: what is read, and each refusal word by word with its line and caret. */
#include <stdlib.h>
#include <string.h>

#include "../../userspace/base/utf8.h"
#include "../../userspace/claim/yaml.h"
#include "tap.h"

static struct memory memory;
static struct failure failure;

static const struct node *read_bytes(const char *text, size_t size)
{
	static struct yaml_file file;

	memory__free(&memory);
	failure = (struct failure){0};
	file = (struct yaml_file){"f.yaml", text, size};
	return yaml__read(&file, &memory, &failure);
}

static void refused_bytes(const char *text, size_t size, const char *says)
{
	const struct node *root = read_bytes(text, size);

	if (!ok_if(!root && failure.status == STATUS_USAGE && !strcmp(failure.says, says), "refused: %.*s",
		   (int)strcspn(says, "\n"), says))
		printf("# it said: %s\n", failure.says);
}

static void refused(const char *text, const char *says)
{
	refused_bytes(text, strlen(text), says);
}

static void test_read(void)
{
	static const char text[] = "# a comment\n"
				   "a: one\n"
				   "한글: [x, 'y # z', \"q\\\"\"]\n"
				   "c:\n"
				   "  - |\n"
				   "    two\n"
				   "    lines\n"
				   "  - {d: , e: true}\n";
	const struct node *root = read_bytes(text, sizeof(text) - 1), *list, *map;

	if (!ok_if(root && root->kind == NODE_MAP && root->count == 3, "a map of three: %s", failure.says))
		return;
	ok_if(!strcmp(yaml__item(root, "a")->text, "one") && !yaml__item(root, "one"), "a text is found by its key");
	list = yaml__item(root, "한글");
	ok_if(list->kind == NODE_LIST && list->count == 3 && list->line == 3 && list->column == 5,
	      "a list in a line, with its place in letters");
	ok_if(list->key->line == 3 && list->key->column == 1, "and the place of its key");
	ok_if(!strcmp(list->items->next->text, "y # z") && !strcmp(list->items->next->next->text, "q\""),
	      "quoted texts");
	list = yaml__item(root, "c");
	ok_if(list->kind == NODE_LIST && !strcmp(list->items->text, "two\nlines\n"), "a block of text");
	map = list->items->next;
	ok_if(map->kind == NODE_MAP && !strcmp(yaml__item(map, "d")->text, "") &&
		      !strcmp(yaml__item(map, "e")->text, "true"),
	      "nothing is the empty text, true is a word");
	ok_if(read_bytes("---\na: b\n...\n", 13) != NULL, "one marked document");
	ok_if(read_bytes("a: b\r\nc: d\r\n", 12) != NULL, "lines that end as on Windows");
}

static void test_refused(void)
{
	refused("", "f.yaml:1:1: error: the file is empty\n\n^");
	refused("# nothing\n", "f.yaml:2:1: error: the file is empty\n\n^");
	refused("a: &x b\n", "f.yaml:1:4: error: anchors, aliases and tags are not allowed\na: &x b\n   ^");
	refused("a: [*x]\n", "f.yaml:1:5: error: anchors, aliases and tags are not allowed\na: [*x]\n    ^");
	refused("a: !!str b\n", "f.yaml:1:4: error: anchors, aliases and tags are not allowed\na: !!str b\n   ^");
	refused("&m {a: b}\n", "f.yaml:1:1: error: anchors, aliases and tags are not allowed\n&m {a: b}\n^");
	refused("- !x [a]\n", "f.yaml:1:3: error: anchors, aliases and tags are not allowed\n- !x [a]\n  ^");
	refused("&k a: b\n", "f.yaml:1:1: error: anchors, aliases and tags are not allowed\n&k a: b\n^");
	refused("a: b\n---\nc: d\n", "f.yaml:2:1: error: a second document: a file has one\n---\n^");
	refused("%YAML 1.1\n---\na: b\n", "f.yaml:1:1: error: directives are not allowed\n%YAML 1.1\n^");
	refused("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: error: key a stands here twice\na: 3\n^");
	refused("x: {a: 1, a: 3}\n", "f.yaml:1:11: error: key a stands here twice\nx: {a: 1, a: 3}\n          ^");
	refused("? [a]\n: b\n", "f.yaml:1:3: error: a key must be a word\n? [a]\n  ^");
	refused("a: [b\n",
		"f.yaml:2:1: error: not YAML: did not find expected ',' or ']' while parsing a flow sequence\n\n^");
	refused("a: \"b\n",
		"f.yaml:2:1: error: not YAML: found unexpected end of stream while scanning a quoted scalar\n\n^");
	refused("a: b: c\n",
		"f.yaml:1:5: error: not YAML: mapping values are not allowed in this context\na: b: c\n    ^");
	refused("\ta: b\n",
		"f.yaml:1:1: error: not YAML: found character that cannot start any token while scanning for "
		"the next token\n a: b\n^");
}

static void test_letters(void)
{
	refused("a: \xff\n", "f.yaml:1:4: error: byte 0xff is no UTF-8\na: ?\n   ^");
	refused("a: 한\xc0\x80\n", "f.yaml:1:5: error: byte 0xc0 is no UTF-8\na: 한??\n     ^");
	refused("a: \xed\xa0\x80\n", "f.yaml:1:4: error: byte 0xed is no UTF-8\na: ???\n   ^");
	refused("a: \xf4\x90\x80\x80\n", "f.yaml:1:4: error: byte 0xf4 is no UTF-8\na: ????\n   ^");
	refused("a: \xed\x95", "f.yaml:1:4: error: byte 0xed is no UTF-8\na: ??\n   ^");
	refused_bytes("a: b\0c\n", 7, "f.yaml:1:5: error: U+0000 is no text\na: b?c\n    ^");
	refused("a: \x1b[2J\n", "f.yaml:1:4: error: U+001B is no text\na: ?[2J\n   ^");
	refused("a: b\rc: d\n", "f.yaml:1:5: error: U+000D is no text\na: b?c: d\n    ^");
	refused("a: \xc2\x9b"
		"2J\n",
		"f.yaml:1:4: error: U+009B is no text\na: ?2J\n   ^");
	refused("a: \xe2\x80\xa8\n", "f.yaml:1:4: error: U+2028 is no text\na: ?\n   ^");
	refused("\xef\xbb\xbf"
		"a: b\n",
		"f.yaml:1:1: error: U+FEFF is no text\n?a: b\n^");
	refused("a: \"\\e[2J\"\n",
		"f.yaml:1:4: error: an escape here makes a letter that is no text\na: \"\\e[2J\"\n   ^");
	refused("a: \"\\0\"\n", "f.yaml:1:4: error: an escape here makes a letter that is no text\na: \"\\0\"\n   ^");
}

/* The caret stands under the letter, however wide those before it are. */
static void test_caret(void)
{
	char text[400] = "",
	     says[600] = "f.yaml:1:206: error: not YAML: mapping values are not allowed in this context\n...";

	refused("한글: [b, *x]\n",
		"f.yaml:1:9: error: anchors, aliases and tags are not allowed\n한글: [b, *x]\n          ^");
	refused("e\xcc\x81: *x\n", "f.yaml:1:5: error: anchors, aliases and tags are not allowed\ne\xcc\x81: *x\n   ^");
	refused("a:\t*x\n", "f.yaml:1:4: error: anchors, aliases and tags are not allowed\na: *x\n   ^");
	/* A long line is shown around its caret. */
	memset(text, 'k', 200);
	strcat(text, "?b: c: d");
	text[200] = ':';
	memset(says + strlen(says), 'k', 55);
	strcat(says, ":b: c: d\n");
	memset(says + strlen(says), ' ', 63);
	strcat(says, "^");
	refused(text, says);
}

static void test_limits(void)
{
	char *large = malloc(YAML_MAX_SIZE + 1), *at = large;
	const struct node *root;

	memset(large, '#', YAML_MAX_SIZE + 1);
	memcpy(large, "a: b\n", 5);
	ok_if(read_bytes(large, YAML_MAX_SIZE) != NULL, "1 MiB is read: %s", failure.says);
	refused_bytes(large, YAML_MAX_SIZE + 1, "f.yaml:1:1: error: the file is larger than 1 MiB\na: b\n^");
	ok_if(read_bytes("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", 32) != NULL, "16 levels are read");
	refused("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]",
		"f.yaml:1:17: error: nested too deeply\n[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]\n                ^");
	memset(large, '[', YAML_MAX_SIZE);
	ok_if(!read_bytes(large, YAML_MAX_SIZE) && failure.status == STATUS_USAGE, "a million brackets are refused");
	for (int i = 0; i < 1001; i++)
		at += sprintf(at, "k%d:\n", i);
	root = read_bytes(large, (size_t)(at - large) - 7);
	ok_if(root && root->count == 1000, "1000 items are read");
	refused_bytes(large, (size_t)(at - large), "f.yaml:1001:1: error: more than 1000 items\nk1000:\n^");
	free(large);
}

/* Whatever the name and the line are, the caret is there. */
static void test_room(void)
{
	char name[2000] = "", text[1000] = "";
	struct yaml_file file = {name, text, 0};
	size_t bad = 0;

	memset(name, 'n', sizeof(name) - 1);
	for (unsigned column = 1; column < 220; column++)
		for (size_t kind = 0; kind < 3; kind++) {
			static const char *const letters[] = {"x", "한", "\xf0\x9f\x98\x80"};

			text[0] = '\0';
			for (int i = 0; i < 200; i++)
				strcat(text, letters[kind]);
			file.size = strlen(text);
			failure = (struct failure){0};
			yaml__refuse(&file, 1, column, &failure, "%s", name);
			bad += failure.says[strlen(failure.says) - 1] != '^' ||
			       strlen(failure.says) + 1 >= sizeof(failure.says);
		}
	ok_if(!bad, "a long name, a long sentence, a long line: the caret still has room");
}

static void test_widths(void)
{
	uint32_t letter;

	ok_if(utf8__letter("한", 3, &letter) == 3 && letter == 0xd55c, "a letter of three bytes");
	ok_if(!utf8__letter("한", 2, &letter) && !utf8__letter("", 0, &letter), "half a letter and none");
	ok_if(utf8__columns('a') == 1 && utf8__columns(0xd55c) == 2 && utf8__columns(0x301) == 0 &&
		      utf8__columns(7) == -1,
	      "columns of letters, in any locale");
	ok_if(utf8__fit("한글", 3) == 3 && utf8__fit("한글", 4) == 6 && utf8__fit("ab", 9) == 2, "what fits");
	ok_if(utf8__width("a한\xff", 5) == 4, "the width of a text");
}

int main(void)
{
	test_read();
	test_refused();
	test_letters();
	test_caret();
	test_limits();
	test_room();
	test_widths();
	memory__free(&memory);
	return tap_done();
}
