#include <zlib.h>

// What zlib.h declares as macros, which Swift does not see.

// Negative window bits: no header and no checksum around the data (RFC 1951).
static inline int czlib_deflate_init(z_streamp stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int czlib_inflate_init(z_streamp stream, int window_bits) {
    return inflateInit2(stream, -window_bits);
}
