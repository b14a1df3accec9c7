#include "td_fully_connected_s4.h"

#include "td_fixedpoint.h"
#include "td_nibbles.h"

void td_fully_connected_s4(const td_fully_connected_s4_params *p, const int8_t *input,
                           const int8_t *filter, const int32_t *bias, int8_t *output) {
  const int32_t groups = p->input_size / TD_NIBBLE_GROUP;
  const int32_t rest = p->input_size % TD_NIBBLE_GROUP;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const int8_t *weights = filter;
    int8_t tail[TD_NIBBLE_GROUP] = {0, 0, 0, 0, 0, 0, 0, 0};
    for (int32_t i = 0; i < rest; i++) {
      tail[i] = input[TD_NIBBLE_GROUP * groups + i];
    }
    for (int32_t o = 0; o < p->output_size; o++) {
      int32_t sum = 0;
      for (int32_t i = 0; i < groups; i++, weights += 4) {
        sum += td_dot_nibbles(weights, input + TD_NIBBLE_GROUP * i);
      }
      if (rest > 0) {
        sum += td_dot_nibbles(weights, tail);
        weights += 4;
      }
      const int32_t channel = p->per_channel ? o : 0;
      sum = td_requantize(td_wrap_add(sum, bias[o]), p->multiplier[channel], p->shift[channel]);
      *output++ = (int8_t)td_clamp(td_wrap_add(sum, p->output_offset), p->activation_min,
                                   p->activation_max);
    }
    input += p->input_size;
  }
}
