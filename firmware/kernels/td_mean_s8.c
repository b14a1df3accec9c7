#include "td_mean_s8.h"

#include "td_fixedpoint.h"

static int8_t mean(const td_mean_s8_params *p, const int8_t *input) {
  int32_t sum = p->sum_offset;
  for (int32_t a = 0; a < p->reduced[0]; a++) {
    const int8_t *value = input + a * p->reduced_stride[0];
    for (int32_t b = 0; b < p->reduced[1]; b++) {
      sum += *value;
      value += p->reduced_stride[1];
    }
  }
  const int32_t raw = td_wrap_add(td_requantize(sum, p->multiplier, p->shift), p->output_offset);
  return (int8_t)td_clamp(raw, INT8_MIN, INT8_MAX);
}

void td_mean_s8(const td_mean_s8_params *p, const int8_t *input, int8_t *output) {
  for (int32_t a = 0; a < p->kept[0]; a++) {
    for (int32_t b = 0; b < p->kept[1]; b++) {
      *output++ = mean(p, input + a * p->kept_stride[0] + b * p->kept_stride[1]);
    }
  }
}
