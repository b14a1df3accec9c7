#include "td_mean_s16.h"

#include "td_fixedpoint.h"

static int16_t mean(const td_mean_s16_params *p, const int16_t *input) {
  int32_t sum = p->sum_offset;
  for (int32_t a = 0; a < p->reduced[0]; a++) {
    const int16_t *value = input + a * p->reduced_stride[0];
    for (int32_t b = 0; b < p->reduced[1]; b++) {
      sum += *value;
      value += p->reduced_stride[1];
    }
  }
  const int32_t raw = td_wrap_add(td_requantize(sum, p->multiplier, p->shift), p->output_offset);
  return (int16_t)td_clamp(raw, INT16_MIN, INT16_MAX);
}

void td_mean_s16(const td_mean_s16_params *p, const int16_t *input, int16_t *output) {
  for (int32_t a = 0; a < p->kept[0]; a++) {
    for (int32_t b = 0; b < p->kept[1]; b++) {
      *output++ = mean(p, input + a * p->kept_stride[0] + b * p->kept_stride[1]);
    }
  }
}
