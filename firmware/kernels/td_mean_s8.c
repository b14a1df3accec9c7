#include "td_mean_s8.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"

static int8_t scale(const td_mean_s8_params *p, int32_t sum) {
  const int32_t raw = td_wrap_add(td_requantize(sum, p->multiplier, p->shift), p->output_offset);
  return (int8_t)td_clamp(raw, INT8_MIN, INT8_MAX);
}

static int8_t mean(const td_mean_s8_params *p, const int8_t *input) {
  int32_t sum = p->sum_offset;
  for (int32_t a = 0; a < p->reduced[0]; a++) {
    const int8_t *value = input + a * p->reduced_stride[0];
    for (int32_t b = 0; b < p->reduced[1]; b++) {
      sum += *value;
      value += p->reduced_stride[1];
    }
  }
  return scale(p, sum);
}

#if TD_DSP
#define LANE_SUMMANDS 256 /* int8 values whose sum fits 16 bits */

static void add_lanes(uint32_t even, uint32_t odd, int32_t *sums) {
  sums[0] += td_low(even);
  sums[1] += td_low(odd);
  sums[2] += td_high(even);
  sums[3] += td_high(odd);
}

/* Four means whose inputs lie side by side. */
static void mean_of_four(const td_mean_s8_params *p, const int8_t *input, int8_t *output) {
  const int32_t step = p->reduced_stride[1];
  int32_t sums[4] = {p->sum_offset, p->sum_offset, p->sum_offset, p->sum_offset};
  for (int32_t a = 0; a < p->reduced[0]; a++) {
    const int8_t *value = input + a * p->reduced_stride[0];
    for (int32_t left = p->reduced[1]; left > 0; left -= LANE_SUMMANDS) {
      uint32_t even = 0;
      uint32_t odd = 0;
      for (int32_t b = left < LANE_SUMMANDS ? left : LANE_SUMMANDS; b > 0; b--) {
        const uint32_t word = td_load_word(value);
        even = td_sxtab16(even, word);
        odd = td_sxtab16_odd(odd, word);
        value += step;
      }
      add_lanes(even, odd, sums);
    }
  }
  for (int32_t k = 0; k < 4; k++) {
    output[k] = scale(p, sums[k]);
  }
}
#endif

void td_mean_s8(const td_mean_s8_params *p, const int8_t *input, int8_t *output) {
  for (int32_t a = 0; a < p->kept[0]; a++) {
    int32_t b = 0;
#if TD_DSP
    for (; p->kept_stride[1] == 1 && b + 4 <= p->kept[1]; b += 4, output += 4) {
      mean_of_four(p, input + a * p->kept_stride[0] + b, output);
    }
#endif
    for (; b < p->kept[1]; b++) {
      *output++ = mean(p, input + a * p->kept_stride[0] + b * p->kept_stride[1]);
    }
  }
}
