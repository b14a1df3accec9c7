#include "td_fully_connected_s16.h"

#include "td_fixedpoint.h"
#include "td_wide.h"

void td_fully_connected_s16(const td_fully_connected_s16_params *p, const int16_t *input,
                            const int8_t *filter, const int64_t *bias, int16_t *output) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *weight = filter;
    for (int32_t o = 0; o < p->output_size; o++) {
      const int32_t channel = p->per_channel ? o : 0;
      const int64_t sum = td_dot_wide(weight, input, p->input_size) + bias[o];
      const int32_t scaled =
          td_requantize_sum(sum, p->multiplier[channel], p->shift[channel], p->narrow);
      *output++ = (int16_t)td_clamp(scaled, p->activation_min, p->activation_max);
      weight += p->input_size;
    }
    input += p->input_size;
  }
}
