#include "td_fully_connected_s8.h"

#include "td_fixedpoint.h"

void td_fully_connected_s8(const td_fully_connected_s8_params *p, const int8_t *input,
                           const int8_t *filter, const int32_t *bias, int8_t *output) {
  const int32_t input_size = p->input_size;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *weight = filter;
    for (int32_t o = 0; o < p->output_size; o++) {
      int32_t acc = 0;
      for (int32_t i = 0; i < input_size; i++) {
        acc += weight[i] * input[i];
      }
      const int32_t channel = p->per_channel ? o : 0;
      acc = td_wrap_add(acc, bias[o]);
      acc = td_requantize(acc, p->multiplier[channel], p->shift[channel]);
      acc = td_wrap_add(acc, p->output_offset);
      *output++ = (int8_t)td_clamp(acc, p->activation_min, p->activation_max);
      weight += input_size;
    }
    input += input_size;
  }
}
