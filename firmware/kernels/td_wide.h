/* 64-bit sums of the kernels with int16 activations, as TensorFlow Lite's reference kernels scale
 * them: once, by a multiplier of 15 bits. */
#ifndef TD_WIDE_H
#define TD_WIDE_H

#include "td_fixedpoint.h"

/* Products of int8 and int16 that always fit 32 bits. */
#define TD_WIDE_RUN 256

/* x * multiplier / 2^shift, rounded to nearest, ties up; 1 <= shift <= 46. Wraps as the reference
 * does. */
static inline int32_t td_requantize_wide(int64_t x, int32_t multiplier, int32_t shift) {
  const uint64_t product = (uint64_t)x * (uint64_t)(int64_t)multiplier;
  return (int32_t)((int64_t)(product + (UINT64_C(1) << (shift - 1))) >> shift);
}

/* A sum times a real multiplier. `narrow`: the reference's sum has 32 bits, and multiplier and
 * shift are as for int8; else they are those of td_requantize_wide. */
static inline int32_t td_requantize_sum(int64_t x, int32_t multiplier, int32_t shift,
                                        int32_t narrow) {
  return narrow ? td_requantize((int32_t)x, multiplier, shift)
                : td_requantize_wide(x, multiplier, shift);
}

/* The dot product of `count` weights and inputs. */
static inline int64_t td_dot_wide(const int8_t *weights, const int16_t *input, int32_t count) {
  int64_t sum = 0;
  while (count > 0) {
    const int32_t run = count < TD_WIDE_RUN ? count : TD_WIDE_RUN;
    int32_t part = 0;
    for (int32_t i = 0; i < run; i++) {
      part += weights[i] * input[i];
    }
    sum += part;
    weights += run;
    input += run;
    count -= run;
  }
  return sum;
}

#endif
