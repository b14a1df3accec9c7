#include "td_div_s8.h"

#include "td_fixedpoint.h"

static int32_t bits(uint32_t x) {
  int32_t count = 0;
  while (x != 0) {
    x >>= 1;
    count++;
  }
  return count;
}

static int32_t quotient(const td_div_s8_params *p, int32_t dividend, int32_t divisor) {
  if (divisor < 0) {
    dividend = -dividend;
    divisor = -divisor;
  }
  /* The dividend is raised as far as it goes, so that the first rounding loses nothing. */
  const int32_t headroom = 31 - bits((uint32_t)(dividend < 0 ? ~dividend : dividend));
  const int32_t ratio = td_requantize(dividend, p->reciprocal[divisor], headroom);
  const int32_t shift = p->shift - (bits((uint32_t)divisor) - 1) - headroom;
  const int32_t raw = td_wrap_add(td_requantize(ratio, p->multiplier, shift), p->output_offset);
  return td_clamp(raw, p->activation_min, p->activation_max);
}

static void divide_row(const td_div_s8_params *p, const int8_t *input1, const int8_t *input2,
                       int8_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    output[i] = (int8_t)quotient(p, *input1 + p->offset1, *input2 + p->offset2);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_div_s8(const td_div_s8_params *p, const int8_t *input1, const int8_t *input2,
               int8_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        divide_row(p, input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2],
                   input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2], output);
        output += p->shape[3];
      }
    }
  }
}
