/* The body of the SVDF kernels: the including file defines TD_PARAMS, and TD_STATE, the type of the
 * state and of the weights in time, with its range TD_STATE_MIN and TD_STATE_MAX. */
#include "td_fixedpoint.h"

static int32_t product(const TD_PARAMS *p, const int8_t *input, const int8_t *feature) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->inputs; i++) {
    sum += feature[i] * (input[i] + p->input_offset);
  }
  const int32_t scaled = td_requantize(sum, p->multiplier, p->shift);
  return td_clamp(scaled, TD_STATE_MIN, TD_STATE_MAX) - p->state_offset;
}

/* The memory without its oldest element and with `latest`, weighed in time. */
static int32_t remember(const TD_PARAMS *p, const TD_STATE *time, TD_STATE *memory,
                        int32_t latest) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->memory; i++) {
    memory[i] = i < p->memory - 1 ? memory[i + 1] : (TD_STATE)latest;
    sum = td_wrap_add(sum, time[i] * (memory[i] + p->state_offset));
  }
  return sum;
}

static void filter_all(const TD_PARAMS *p, const int8_t *input, const int8_t *feature,
                       const TD_STATE *time, const int32_t *bias, int8_t *output, TD_STATE *state) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t unit = 0; unit < p->units; unit++) {
      int32_t sum = bias[unit];
      for (int32_t i = 0; i < p->rank; i++) {
        const int32_t filter = unit * p->rank + i;
        const int32_t latest = product(p, input, feature + filter * p->inputs);
        sum = td_wrap_add(sum, remember(p, time + filter * p->memory, state, latest));
        state += p->memory;
      }
      const int32_t scaled = td_requantize(sum, p->output_multiplier, p->output_shift);
      *output++ = (int8_t)td_clamp(td_wrap_add(scaled, p->output_offset), INT8_MIN, INT8_MAX);
    }
    input += p->inputs;
  }
}
