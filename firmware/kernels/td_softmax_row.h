/* What a row of softmax does with its exponentials: what the softmax kernels have in common.
 *
 * Exponentials are fractions of 2^31. */
#ifndef TD_SOFTMAX_ROW_H
#define TD_SOFTMAX_ROW_H

#include "td_fixedpoint.h"

/* Integer bits of the sum of exponentials: it is a Q12.19 number. */
#define TD_SOFTMAX_SUM_BITS 12

/* 1 / (1 + x) for x in [0, 1), both as fractions of 2^31: three Newton-Raphson steps on
 * y = 2 / (1 + x) in Q2.29, from the linear estimate 48/17 - 32/17 * (1 + x) / 2. */
static inline int32_t td_one_over_one_plus(int32_t x) {
  const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
  int32_t y = 1515870810 + td_doubling_high_mul(half_denominator, -1010580540);
  for (int32_t i = 0; i < 3; i++) {
    const int32_t error = (1 << 29) - td_doubling_high_mul(half_denominator, y);
    /* Q2.29 * Q2.29 is Q4.27; its two bits are won back without saturation as y * error < 2. */
    y += td_doubling_high_mul(y, error) * 4;
  }
  /* y / 2 in Q1.30, saturated to a fraction. */
  return y >= (1 << 30) ? INT32_MAX : y * 2;
}

static inline int32_t td_count_leading_zeros(uint32_t x) {
#if defined(__ARM_FEATURE_CLZ)
  return __builtin_clz(x);
#else
  int32_t count = 0;
  while (x < UINT32_C(0x80000000)) {
    x <<= 1;
    count++;
  }
  return count;
#endif
}

static inline int32_t td_softmax_max(const int8_t *input, int32_t depth) {
  int32_t max = INT8_MIN;
  for (int32_t i = 0; i < depth; i++) {
    max = input[i] > max ? input[i] : max;
  }
  return max;
}

/* An exponential as a term of the row's sum. */
static inline int32_t td_softmax_term(int32_t exponential) {
  return td_rounding_shift_right(exponential, TD_SOFTMAX_SUM_BITS);
}

/* What a row's exponentials are multiplied by and then shifted right by. */
typedef struct {
  int32_t reciprocal;
  int32_t shift;
} td_softmax_scale;

static inline td_softmax_scale td_softmax_scale_of(int32_t sum) {
  const int32_t headroom = td_count_leading_zeros((uint32_t)sum);
  const uint32_t fraction = ((uint32_t)sum << headroom) - UINT32_C(0x80000000);
  /* The reciprocal is one of sum / 2^(TD_SOFTMAX_SUM_BITS - headroom); outputs have 8 bits. */
  const td_softmax_scale scale = {td_one_over_one_plus((int32_t)fraction),
                                  td_clamp(TD_SOFTMAX_SUM_BITS - headroom + 31 - 8, 0, 31)};
  return scale;
}

static inline int8_t td_softmax_output(const td_softmax_scale *scale, int32_t exponential) {
  const int32_t value =
      td_rounding_shift_right(td_doubling_high_mul(scale->reciprocal, exponential), scale->shift);
  return (int8_t)td_clamp(value + INT8_MIN, INT8_MIN, INT8_MAX);
}

#endif
