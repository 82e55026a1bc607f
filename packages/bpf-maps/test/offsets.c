/* Prints the size, and the offset and size of every member that has an address, of the structs of layouts.h. */
#include <stddef.h>
#include <stdio.h>
#include "layouts.h"

#define SIZE(tag) printf("%s %zu\n", #tag, sizeof(struct tag));
#define AT(tag, member) printf("%s.%s %zu\n", #tag, #member, offsetof(struct tag, member));

int main(void)
{
	EACH_STRUCT(SIZE)
	AT(integers, a) AT(integers, b) AT(integers, c) AT(integers, d) AT(integers, e) AT(integers, f)
	AT(integers, g) AT(integers, h) AT(integers, flag) AT(integers, letter) AT(integers, wide)
	AT(integers, wide_signed)
	AT(floats, single) AT(floats, twice)
	AT(holes, a) AT(holes, b) AT(holes, c) AT(holes, d) AT(holes, e)
	AT(packed, a) AT(packed, b) AT(packed, c) AT(packed, d)
	AT(aligned, a) AT(aligned, b) AT(aligned, c)
	AT(anonymous, before) AT(anonymous, low) AT(anonymous, high) AT(anonymous, both) AT(anonymous, raw)
	AT(anonymous, x) AT(anonymous, inner) AT(anonymous, named)
	AT(arrays, numbers) AT(arrays, matrix) AT(arrays, text) AT(arrays, texts) AT(arrays, bytes)
	AT(arrays, small) AT(arrays, flags) AT(arrays, colours) AT(arrays, structs)
	AT(enums, colour) AT(enums, tiny)
	AT(pointers, nothing) AT(pointers, unknown) AT(pointers, function) AT(pointers, self)
	AT(qualified, a) AT(qualified, b) AT(qualified, c) AT(qualified, restrict_me) AT(qualified, bytes)
	AT(with_empty, nothing) AT(with_empty, a)
	return 0;
}
