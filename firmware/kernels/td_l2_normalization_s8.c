#include "td_l2_normalization_s8.h"

#include "td_fixedpoint.h"

/* Bits of the output's scale. */
#define OUTPUT_BITS 7

static int32_t saturated_left(int32_t x, int32_t bits) {
  if (x > (INT32_MAX >> bits)) {
    return INT32_MAX;
  }
  return x < (INT32_MIN >> bits) ? INT32_MIN : x * (1 << bits);
}

/* 1 / sqrt(x) as multiplier and shift, for 0 <= x < 2^29: five Newton-Raphson steps from 1 in Q3.28
 * on x scaled by a power of four to [1/2, 2) in Q2.29. */
static int32_t inverse_square_root(int32_t x, int32_t *shift) {
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
    const int32_t cube = saturated_left(td_doubling_high_mul(square, root), 6);
    const int32_t step =
        td_doubling_high_mul((1 << 28) + (1 << 27), root) - td_doubling_high_mul(half, cube);
    root = saturated_left(step, 3);
  }
  root = td_doubling_high_mul(root, 1518500250); /* sqrt(2) / 2 */
  const int32_t left = 11 - pairs;
  *shift = left < 0 ? 0 : -left;
  return left < 0 ? root * (1 << -left) : root;
}

static void normalize_row(const td_l2_normalization_s8_params *p, const int8_t *input,
                          int8_t *output) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t value = input[i] + p->input_offset;
    sum += value * value;
  }
  int32_t shift = 0;
  const int32_t multiplier = inverse_square_root(sum, &shift);
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t value = input[i] + p->input_offset;
    const int32_t scaled = td_requantize(value, multiplier, shift + OUTPUT_BITS);
    output[i] = (int8_t)td_clamp(scaled, INT8_MIN, INT8_MAX);
  }
}

void td_l2_normalization_s8(const td_l2_normalization_s8_params *p, const int8_t *input,
                            int8_t *output) {
  for (int32_t row = 0; row < p->rows; row++) {
    normalize_row(p, input + row * p->depth, output + row * p->depth);
  }
}
