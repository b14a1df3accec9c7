#include "td_softmax_few_s8.h"

#include "td_softmax_row.h"

#define FRACTION_BITS 26 /* of a scaled difference */
#define QUARTER (1 << (FRACTION_BITS - 2))

/* exp(-2^k) as fractions of 2^31, k = -2, -1, …, 4. */
static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308,
                                   39332535,   720401,     242};

/* exp(a) for `a` <= 0: a Taylor expansion on [-1/4, 0) times a factor for each higher bit. */
static int32_t exponential(int32_t a) {
  const int32_t low = (a & (QUARTER - 1)) - QUARTER;
  const int32_t x = low * (1 << (31 - FRACTION_BITS)) + (1 << 28);
  const int32_t x2 = td_doubling_high_mul(x, x);
  const int32_t x3 = td_doubling_high_mul(x2, x);
  const int32_t x4 = td_doubling_high_mul(x2, x2);
  const int32_t third = td_doubling_high_mul(td_rounding_shift_right(x4, 2) + x3, 715827883);
  const int32_t series = x + td_rounding_shift_right(third + x2, 1);
  int32_t result = 1895147668 + td_doubling_high_mul(1895147668, series); /* exp(-1/8) */
  const uint32_t bits = (uint32_t)(low - a) >> (FRACTION_BITS - 2);
  for (int32_t i = 0; i < 7; i++) {
    if (bits >> i & 1u) {
      result = td_doubling_high_mul(result, factors[i]);
    }
  }
  return a == 0 ? INT32_MAX : result;
}

void td_softmax_few_s8(const td_softmax_few_s8_params *p, const int8_t *input, int8_t *output,
                       void *scratch) {
  int32_t *exps = (int32_t *)scratch;
  for (int32_t row = 0; row < p->rows; row++) {
    const int32_t max = td_softmax_max(input, p->depth);
    int32_t sum = 0;
    for (int32_t i = 0; i < p->depth; i++) {
      const int32_t difference = max - *input++;
      exps[i] = 0;
      if (difference < p->exp_count) {
        const int32_t scaled = td_wrap_shift_left(-difference, p->left_shift);
        exps[i] = exponential(td_doubling_high_mul(scaled, p->multiplier));
      }
      sum += td_softmax_term(exps[i]);
    }
    const td_softmax_scale scale = td_softmax_scale_of(sum);
    for (int32_t i = 0; i < p->depth; i++) {
      *output++ = td_softmax_output(&scale, exps[i]);
    }
  }
}
