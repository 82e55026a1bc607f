/* Structs laid out in every way that C knows. Compiled for the kernel (BTF) and for this machine (offsets). */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef const volatile u32 frozen_u32;

enum colour { RED, GREEN = 5, BLUE = 5, NEGATIVE = -2 };
enum __attribute__((packed)) tiny { TINY_A, TINY_B = 200 };

struct integers {
	u8 a;
	s8 b;
	u16 c;
	s16 d;
	u32 e;
	s32 f;
	u64 g;
	s64 h;
	_Bool flag;
	char letter;
	unsigned __int128 wide;
	__int128 wide_signed;
};

struct floats {
	float single;
	double twice;
};

struct holes {
	u8 a;
	u64 b;
	u8 c;
	u32 d;
	u8 e;
};

struct __attribute__((packed)) packed {
	u8 a;
	u64 b;
	u16 c;
	u32 d;
};

struct aligned {
	u8 a;
	u32 b __attribute__((aligned(16)));
	u8 c;
} __attribute__((aligned(32)));

struct bits {
	u32 a : 3;
	u32 b : 30;
	s32 c : 5;
	u32 : 7;
	u64 d : 40;
	s64 e : 33;
	u8 f : 1;
	u32 : 0;
	u16 g : 9;
	_Bool h : 1;
	enum colour i : 4;
};

struct __attribute__((packed)) packed_bits {
	u8 a : 3;
	u32 b : 31;
	s32 c : 32;
	u64 d : 63;
	s64 e : 64;
	u8 f : 7;
};

struct anonymous {
	u32 before;
	union {
		struct {
			u16 low;
			u16 high;
		};
		u32 both;
		u8 raw[4];
	};
	struct {
		u8 x;
		struct {
			u8 y;
			u8 z;
		} inner;
	};
	union {
		u64 number;
		void *pointer;
	} named;
};

struct arrays {
	u32 numbers[3];
	u64 matrix[2][2];
	char text[12];
	char texts[2][4];
	u8 bytes[5];
	s8 small[2];
	_Bool flags[2];
	enum colour colours[2];
	struct holes structs[2];
};

struct __attribute__((packed)) enums {
	enum colour colour;
	enum tiny tiny;
};

struct pointers {
	void *nothing;
	struct not_here *unknown;
	int (*function)(int, void *);
	struct pointers *self;
};

struct qualified {
	const u32 a;
	volatile u16 b;
	frozen_u32 c;
	const char *const restrict_me;
	const u8 bytes[2];
};

struct empty {
};

struct with_empty {
	struct empty nothing;
	u32 a;
};

#define EACH_STRUCT(DO) \
	DO(integers) DO(floats) DO(holes) DO(packed) DO(aligned) DO(bits) DO(packed_bits) DO(anonymous) DO(arrays) \
	DO(enums) DO(pointers) DO(qualified) DO(with_empty)
