#include "td_log_softmax_s8.h"

#include "td_fixedpoint.h"

/* Integer bits of the sum of exponentials and of its logarithm while it is made. */
#define SUM_INTEGER_BITS 12
#define LOG_INTEGER_BITS 6

/* 1 / (1 + x) for x in [0, 1), both as fractions of 2^31: three Newton-Raphson steps on
 * y = 2 / (1 + x) in Q2.29, from the linear estimate 48/17 - 32/17 * (1 + x) / 2. */
static int32_t one_over_one_plus(int32_t x) {
  const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
  int32_t y = 1515870810 + td_doubling_high_mul(half_denominator, -1010580540);
  for (int32_t i = 0; i < 3; i++) {
    const int32_t error = (1 << 29) - td_doubling_high_mul(half_denominator, y);
    y += td_doubling_high_mul(y, error) * 4;
  }
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

static int32_t saturated_left(int32_t x, int32_t bits) {
  return x > (INT32_MAX >> bits) ? INT32_MAX : (int32_t)((uint32_t)x << bits);
}

/* log(x) in Q5.26 for x >= 1 in Q12.19. x is 2^power * r, with r between sqrt(1/2) and 1 or a
 * quarter octave away from that, and log(r) a quotient of polynomials around 2^(-1/4). */
static int32_t logarithm(int32_t x) {
  const int32_t log_2 = 1488522236;
  const int32_t sqrt_half = 1518500250;
  const int32_t fourth_root_half = 1805811301;
  const int32_t quarter = 1 << (31 - LOG_INTEGER_BITS - 2);
  const int32_t zeros = leading_zeros((uint32_t)x);
  const int32_t near =
      saturated_left(td_doubling_high_mul(saturated_left(x, zeros - 1), sqrt_half), 1);
  const int32_t near_power = (SUM_INTEGER_BITS - zeros) * (1 << (31 - LOG_INTEGER_BITS)) + quarter;
  const int32_t room = leading_zeros((uint32_t)td_doubling_high_mul(x, sqrt_half)) - 1;
  const int32_t far = saturated_left(x, room);
  const int32_t far_power = (SUM_INTEGER_BITS - room) * (1 << (31 - LOG_INTEGER_BITS)) - quarter;
  const int32_t r = near < far ? near : far;
  const int32_t power = near_power > far_power ? near_power : far_power;
  const int32_t p = (int32_t)(((int64_t)r + fourth_root_half + 1) / 2);
  const int32_t q = 2 * (r - fourth_root_half);
  const int32_t square = td_doubling_high_mul(q, q);
  const int32_t numerator =
      td_doubling_high_mul(q, r) + td_doubling_high_mul(td_doubling_high_mul(q, square), 117049297);
  const int32_t inner = 1057819769 + q + td_doubling_high_mul(127690142, square);
  const int32_t denominator = td_doubling_high_mul(p, inner) + td_doubling_high_mul(638450708, q);
  const int32_t fraction = td_doubling_high_mul(
      td_rounding_shift_right(numerator, LOG_INTEGER_BITS), one_over_one_plus(denominator));
  return saturated_left(td_doubling_high_mul(power, log_2) + fraction, 1);
}

static void log_softmax_row(const td_log_softmax_s8_params *p, const int8_t *input,
                            int8_t *output) {
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
  const int32_t log_sum = logarithm(sum);
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t difference = max - input[i];
    int32_t value = INT8_MIN;
    if (difference < p->scaled_count) {
      value = INT8_MAX + td_rounding_shift_right(p->scaled[difference] - log_sum, 22);
    }
    output[i] = (int8_t)td_clamp(value, INT8_MIN, INT8_MAX);
  }
}

void td_log_softmax_s8(const td_log_softmax_s8_params *p, const int8_t *input, int8_t *output) {
  for (int32_t row = 0; row < p->rows; row++) {
    log_softmax_row(p, input, output);
    input += p->depth;
    output += p->depth;
  }
}
