/* The inverse of a square root, as TensorFlow Lite's reference kernels compute it. */
#ifndef TD_INVERSE_ROOT_H
#define TD_INVERSE_ROOT_H

#include "td_fixedpoint.h"

static inline int32_t td_saturated_left(int32_t x, int32_t bits) {
  if (x > (INT32_MAX >> bits)) {
    return INT32_MAX;
  }
  return x < (INT32_MIN >> bits) ? INT32_MIN : x * (1 << bits);
}

/* 1 / sqrt(x) as multiplier and shift, for 0 <= x < 2^29: five Newton-Raphson steps from 1 in Q3.28
 * on x scaled by a power of four to [1/2, 2) in Q2.29. */
static inline int32_t td_inverse_root(int32_t x, int32_t *shift) {
  if (x <= 1) {
    *shift = 0;
    return INT32_MAX;
  }
  int32_t bits = 0;
  while (bits < 31 && x >> bits != 0) {
    bits++;
  }
  const int32_t pairs = (31 - bits) / 2 - 1;
  const int32_t half = td_rounding_shift_right(td_wrap_shift_left(x, 2 * pairs) >> 1, 1);
  int32_t root = 1 << 28;
  for (int32_t i = 0; i < 5; i++) {
    const int32_t square = td_doubling_high_mul(root, root);
    const int32_t cube = td_saturated_left(td_doubling_high_mul(square, root), 6);
    const int32_t step =
        td_doubling_high_mul((1 << 28) + (1 << 27), root) - td_doubling_high_mul(half, cube);
    root = td_saturated_left(step, 3);
  }
  root = td_doubling_high_mul(root, 1518500250); /* sqrt(2) / 2 */
  const int32_t left = 11 - pairs;
  *shift = left < 0 ? 0 : -left;
  return left < 0 ? root * (1 << -left) : root;
}

#endif
