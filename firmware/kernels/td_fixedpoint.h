/* Fixed-point arithmetic shared by the kernels: what TensorFlow Lite's reference kernels compute,
 * bit for bit.
 *
 * A real multiplier is `multiplier * 2^(shift - 31)` with multiplier in [2^30, 2^31) or 0 and shift
 * in
 * [-31, 30]. Requantization rounds twice, as TensorFlow Lite Micro does. Sums that may leave 32
 * bits in degenerate models wrap, as they do in the reference. */
#ifndef TD_FIXEDPOINT_H
#define TD_FIXEDPOINT_H

#include <stdint.h>

/* For a function that holds an inner loop: inlined, the loop's variables would be spilled. */
#if defined(__GNUC__)
#define TD_NOINLINE __attribute__((noinline))
#else
#define TD_NOINLINE
#endif

static inline int32_t td_wrap_add(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int32_t td_wrap_shift_left(int32_t x, int32_t bits) {
  return (int32_t)((uint32_t)x << bits);
}

/* The high 32 bits of 2*a*b, rounded to nearest, ties up. Not for a == b == INT32_MIN. */
static inline int32_t td_doubling_high_mul(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* x / 2^bits rounded to nearest, ties away from zero; 0 <= bits <= 31. */
static inline int32_t td_rounding_shift_right(int32_t x, int32_t bits) {
  const uint32_t mask = (UINT32_C(1) << bits) - 1u;
  const uint32_t remainder = (uint32_t)x & mask;
  const uint32_t threshold = (mask >> 1) + (x < 0 ? 1u : 0u);
  return (x >> bits) + (remainder > threshold ? 1 : 0);
}

/* x times a real multiplier, rounded twice. */
static inline int32_t td_requantize(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  return td_rounding_shift_right(td_doubling_high_mul(td_wrap_shift_left(x, left), multiplier),
                                 right);
}

static inline int32_t td_clamp(int32_t x, int32_t min, int32_t max) {
  return x < min ? min : (x > max ? max : x);
}

#endif
