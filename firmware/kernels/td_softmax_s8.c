#include "td_softmax_s8.h"

#include "td_fixedpoint.h"

/* Integer bits of the sum of exponentials: it is a Q12.19 number. */
#define SUM_INTEGER_BITS 12

/* 1 / (1 + x) for x in [0, 1), both as fractions of 2^31: three Newton-Raphson steps on
 * y = 2 / (1 + x) in Q2.29, from the linear estimate 48/17 - 32/17 * (1 + x) / 2. */
static int32_t one_over_one_plus(int32_t x) {
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

static int32_t leading_zeros(uint32_t x) {
  int32_t count = 0;
  while (x < UINT32_C(0x80000000)) {
    x <<= 1;
    count++;
  }
  return count;
}

static void softmax_row(const td_softmax_s8_params *p, const int8_t *input, int8_t *output) {
  int32_t max = INT8_MIN;
  for (int32_t i = 0; i < p->depth; i++) {
    max = input[i] > max ? input[i] : max;
  }
  int32_t sum = 0;
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t difference = max - input[i];
    if (difference < p->exp_count) {
      sum += td_rounding_shift_right(p->exps[difference], SUM_INTEGER_BITS);
    }
  }
  const int32_t headroom = leading_zeros((uint32_t)sum);
  const uint32_t fraction = ((uint32_t)sum << headroom) - UINT32_C(0x80000000);
  const int32_t reciprocal = one_over_one_plus((int32_t)fraction);
  /* The reciprocal is one of sum / 2^(SUM_INTEGER_BITS - headroom); outputs have 8 bits. */
  const int32_t shift = td_clamp(SUM_INTEGER_BITS - headroom + 31 - 8, 0, 31);
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t difference = max - input[i];
    int32_t value = 0;
    if (difference < p->exp_count) {
      value = td_rounding_shift_right(td_doubling_high_mul(reciprocal, p->exps[difference]), shift);
    }
    output[i] = (int8_t)td_clamp(value + INT8_MIN, INT8_MIN, INT8_MAX);
  }
}

void td_softmax_s8(const td_softmax_s8_params *p, const int8_t *input, int8_t *output) {
  for (int32_t row = 0; row < p->rows; row++) {
    softmax_row(p, input, output);
    input += p->depth;
    output += p->depth;
  }
}
